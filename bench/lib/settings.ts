// What the options of bench/run come to, for each measurement.

export interface Settings {
  rounds: number;
  /** Seconds of load for each server in a round. */
  duration: number;
  /** Names of the apps whose CPU time is measured. */
  cases: string[];
  /** What the names of the Web API cases have to contain. */
  filter: string;
  /** How many apps share a process, unless each measurement is to have as many as it wants. */
  apps: number | undefined;
  /** The cases, built for NANO. */
  dist: string;
  /** For files that live as long as the run. */
  folder: string;
}
