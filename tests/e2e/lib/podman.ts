// Containers of podman and runc (tests/e2e/packages.txt), with images and containers in folders of their own.

import { join } from "node:path";
import { without } from "./foreign.ts";
import { run, type Finished } from "./program.ts";
import { temporaryFolder, type Scope } from "./temporary.ts";

/** Why there can be no containers; false: there can be. */
export function withoutPodman(): string | false {
  if (process.getuid?.() !== 0) return "needs root";
  return without("podman") || without("runc");
}

/** As few as any machine has; podman's own would be more than some let a container have. */
const LIMITS = ["--ulimit", "nofile=4096:4096", "--ulimit", "nproc=4096:4096"];

export class Podman {
  readonly #folder: string;
  readonly #options: string[];

  constructor(scope: Scope) {
    const folder = temporaryFolder(scope);
    this.#folder = folder;
    this.#options = [
      ...["--root", join(folder, "images"), "--runroot", join(folder, "containers")],
      ...["--storage-driver", "vfs", "--cgroup-manager", "cgroupfs", "--events-backend", "none"],
      ...["--runtime", "runc"],
    ];
    scope.after(async () => void (await this.run("rm", "--all", "--force", "--time", "0")));
  }

  run(...args: string[]): Promise<Finished> {
    // conmon leaves a file where it is started when memory runs out.
    return run("podman", [...this.#options, ...args], { cwd: this.#folder });
  }

  /** Its standard output; fails if it does. */
  async output(...args: string[]): Promise<string> {
    const { status, stdout, stderr } = await this.run(...args);
    if (status !== 0) throw new Error(`podman ${args.join(" ")}: status ${status}\n${stderr}`);
    return stdout.trim();
  }

  /** The name of an image that is in an archive. */
  async load(archive: string): Promise<string> {
    const loaded = await this.output("load", "--quiet", "--input", archive);
    return loaded.replace("Loaded image: ", "");
  }

  /** Starts a container in the network of this machine. */
  async start(
    scope: Scope,
    image: string,
    options: string[],
    args: string[] = [],
  ): Promise<Container> {
    const id = await this.output(
      ...["run", "--detach", "--network=host", ...LIMITS],
      ...[...options, image, ...args],
    );
    scope.after(async () => void (await this.run("rm", "--force", "--time", "0", id)));
    return new Container(this, id);
  }
}

export class Container {
  readonly #podman: Podman;
  readonly #id: string;

  constructor(podman: Podman, id: string) {
    this.#podman = podman;
    this.#id = id;
  }

  inspect(format: string): Promise<string> {
    return this.#podman.output("inspect", "--format", format, this.#id);
  }

  /** What it wrote to its standard output. */
  logs(): Promise<string> {
    return this.#podman.output("logs", this.#id);
  }

  /** A line for each of its processes: id in the container, user, command. */
  async processes(): Promise<string[]> {
    const table = await this.#podman.output("top", this.#id, "pid", "huser", "args");
    return table.split("\n").slice(1);
  }

  signal(name: string): Promise<string> {
    return this.#podman.output("kill", "--signal", name, this.#id);
  }

  /** As `podman stop` does: by the image's signal, then SIGKILL. Its exit status. */
  async stop(seconds: number): Promise<string> {
    await this.#podman.output("stop", "--time", String(seconds), this.#id);
    return this.inspect("{{.State.ExitCode}}");
  }
}
