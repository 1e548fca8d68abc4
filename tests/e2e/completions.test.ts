// What the shells offer for a command line that was begun, by the scripts that the programs print.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test, type TestContext } from "node:test";
import { nano, nanoc } from "../../tools/harness/paths.ts";
import { adminApi } from "./lib/admin.ts";
import { run } from "./lib/program.ts";
import { temporaryFolder } from "./lib/temporary.ts";

type Complete = (script: string, line: string) => Promise<string[]>;

const has = (shell: string) => spawnSync(shell, ["-c", "exit 0"]).status === 0;

/** What is offered, sorted. */
function shells(folder: string, env: NodeJS.ProcessEnv): Record<string, Complete> {
  const lines = async (file: string, args: string[]) => {
    const { status, stdout, stderr } = await run(file, args, { cwd: folder, env });
    assert.equal(status, 0, stderr);
    assert.equal(stderr, "");
    return stdout.split("\n").filter(Boolean).sort();
  };
  return {
    bash: (script, line) => {
      const words = line.split(" ");
      const program = `source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _$1
        printf '%s\\n' "\${COMPREPLY[@]}"`;
      return lines("bash", ["--norc", "--noprofile", "-c", program, "bash", script, ...words]);
    },
    fish: async (script, line) => {
      const program = "source $argv[1]; complete -C $argv[2]";
      const offered = await lines("fish", ["--no-config", "-c", program, script, line]);
      return offered.map((text) => text.split("\t")[0]!).sort();
    },
    // A zsh on a terminal of its own: Tab, and then what the line has become.
    zsh: async (script, line) => {
      writeFileSync(
        join(folder, ".zshrc"),
        `PS1= ; unsetopt beep auto_menu prompt_cr prompt_sp; stty rows 200 cols 200
        autoload -Uz compinit; compinit -u -D; source '${script}'
        show() { print -r -- "<$BUFFER>"; BUFFER= }; zle -N show; bindkey '^X' show
        zle-line-init() { print READY }; zle -N zle-line-init`,
      );
      const program = `
        zmodload zsh/zpty
        zpty z zsh -d -i
        zpty -r -m z seen '*READY*'
        zpty -w -n z "$1"$'\\t\\x18'
        zpty -r -m z seen '*<*>*'
        print -r -- "$seen"
        zpty -d z`;
      const { stdout } = await run("zsh", ["-f", "-c", program, "zsh", line], {
        cwd: folder,
        env: { ...env, TERM: "xterm", ZDOTDIR: folder },
        timeout: 20_000,
      });
      const clean = stdout.replaceAll(/\x1b[\[?]*[0-9;?]*[a-zA-Z=>]|\r/g, " ");
      return [...clean.matchAll(/[\w.@/=-]+/g)].map(([word]) => word).sort();
    },
  };
}

async function scripts(t: TestContext, folder: string): Promise<Record<string, string>> {
  const written: Record<string, string> = {};
  for (const program of [nano, nanoc]) {
    for (const shell of ["bash", "zsh", "fish"]) {
      const { status, stdout, stderr } = await run(program, ["completion", shell]);
      assert.equal(status, 0, stderr);
      const name = `${program.split("/").at(-1)}.${shell}`;
      written[name] = join(folder, name);
      writeFileSync(written[name], stdout);
      // The shell itself takes it for well-formed.
      if (has(shell)) {
        const checked = await run(shell, ["-n", written[name]]);
        assert.deepEqual([checked.status, checked.stderr], [0, ""], name);
      }
    }
  }
  return written;
}

for (const shell of ["bash", "fish", "zsh"]) {
  test(
    `${shell} offers commands, options, files, apps and versions`,
    { skip: !has(shell) },
    async (t) => {
      const api = await adminApi(t, {
        "GET /admin/apps": { apps: [{ name: "shop" }, { name: "blog" }] },
        "GET /admin/apps/shop/versions": { versions: [{ digest: "3f2a" }, { digest: "91bc" }] },
      });
      const folder = temporaryFolder(t);
      mkdirSync(join(folder, "distribution"));
      writeFileSync(join(folder, "other.yaml"), "");
      const written = await scripts(t, folder);
      const env = { PATH: `${dirname(nano)}:/usr/bin:/bin`, NANO_ADMIN: api.socket, HOME: folder };
      const complete = shells(folder, env)[shell]!;
      const offers = async (line: string, expected: string[], not: string[] = []) => {
        const script = written[`${line.split(" ")[0]}.${shell}`]!;
        const offered = await complete(script, line);
        for (const word of expected) {
          assert.ok(offered.includes(word), `${line}: ${word} is not in ${offered.join(" ")}`);
        }
        for (const word of not) assert.ok(!offered.includes(word), `${line}: ${word}`);
      };
      await offers("nano ", ["serve", "ctl", "completion"], ["status"]);
      await offers("nano ctl st", ["status"], ["apps"]);
      await offers("nano ctl ", ["status", "rollback", "env"], ["serve"]);
      await offers("nano ctl env ", ["set", "unset"], ["status"]);
      await offers("nano ctl logs --", ["--follow", "--lines", "--admin"], ["--json"]);
      await offers("nano ctl --admin x rollback ", ["shop", "blog"], ["status"]);
      await offers("nano ctl rollback --no-wait shop ", ["3f2a", "91bc"], ["blog"]);
      await offers("nano serve dist", ["distribution" + (shell === "bash" ? "" : "/")]);
      await offers("nano serve --config oth", ["other.yaml"]);
      await offers("nano completion ", ["bash", "zsh", "fish"]);
      await offers("nanoc ", ["build", "completion"], ["serve"]);
      await offers("nanoc build --", ["--out", "--keep-going"]);
    },
  );
}

test("another shell has no script, and that is said", async () => {
  const refused = await run(nano, ["completion", "tcsh"]);
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /no script for 'tcsh': write bash, zsh or fish/);
});
