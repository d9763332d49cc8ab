// A shop on three instances behind nginx: end2end/cluster.sh, and what tests ask of it. Knows no browser;
// cluster-test.ts hands it to the tests of end2end/cluster.
import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

import type { Credentials } from "./shop.ts";

const run = promisify(execFile);
const SCRIPT = join(import.meta.dirname, "../cluster.sh");

/** A line of nginx's log: which request was answered how, and by which instances, in the order they were asked. */
export type Access = { method: string; path: string; status: number; from: string[] };

export class Cluster {
  private constructor(
    private readonly folder: string,
    private env: ReadonlyMap<string, string>,
  ) {}

  /** Starts one in an empty folder. `settings` are the instances'. */
  static async start(folder: string, settings: Record<string, string>): Promise<Cluster> {
    const said = Object.entries(settings).map(([name, value]) => `${name}=${value}`);
    await run(SCRIPT, ["start", folder], { env: { ...process.env, CLUSTER_SETTINGS: said.join(" ") } });
    return Cluster.in(folder);
  }

  /** One that was started in this folder. */
  static async in(folder: string): Promise<Cluster> {
    return new Cluster(folder, await addresses(folder));
  }

  /** Where shoppers come in. */
  get balancer(): string {
    return this.address("DAMDA_TEST_BALANCER");
  }

  /** The same door with TLS, and the one that sends plain HTTP there. */
  get secure(): string {
    return this.address("DAMDA_TEST_BALANCER_TLS");
  }

  get plain(): string {
    return this.address("DAMDA_TEST_BALANCER_PLAIN");
  }

  /** The instances' own doors, the first one's first. A killed one is among them: nginx does not know either. */
  get instances(): string[] {
    return this.address("DAMDA_TEST_INSTANCES").split(" ");
  }

  private address(name: string): string {
    const value = this.env.get(name);
    if (value === undefined) throw new Error(`${this.folder}/env does not say ${name}`);
    return value;
  }

  private async command(...words: string[]): Promise<void> {
    const [command, ...rest] = words as [string, ...string[]];
    await run(SCRIPT, [command, this.folder, ...rest]);
    if (command !== "stop") this.env = await addresses(this.folder);
  }

  /** Kills the instance at this address as a power cut would. */
  kill(instance: string): Promise<void> {
    return this.command("kill", "instance", this.number(instance));
  }

  /** Freezes the instance at this address, which then takes requests and answers none. */
  pause(instance: string): Promise<void> {
    return this.command("pause", "instance", this.number(instance));
  }

  /** Lets a frozen instance go on. */
  resume(instance: string): Promise<void> {
    return this.command("resume", "instance", this.number(instance));
  }

  /** Restarts the instance at this address in good order, or starts it again at its address after a kill. */
  restart(instance: string): Promise<void> {
    return this.command("restart", "instance", this.number(instance));
  }

  /** The same without a word to nginx, which has to find out by itself. */
  bounce(instance: string): Promise<void> {
    return this.command("bounce", "instance", this.number(instance));
  }

  /** Starts one more instance; returns its address. */
  async add(): Promise<string> {
    await this.command("add");
    return this.instances.at(-1)!;
  }

  stop(): Promise<void> {
    return this.command("stop");
  }

  /** Stops it and deletes what it wrote. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true });
  }

  private number(instance: string): string {
    const index = this.instances.indexOf(instance);
    if (index < 0) throw new Error(`no instance is at ${instance}`);
    return String(index + 1);
  }

  /** Whether the instance at this address answers. */
  async lives(instance: string): Promise<boolean> {
    return fetch(`${instance}/readyz`, { signal: AbortSignal.timeout(10_000) }).then((answer) => answer.ok, () => false);
  }

  /** Runs a command of the program on the shop's database. */
  private async damda(words: string[], input = ""): Promise<void> {
    const program = (await readFile(join(this.folder, "program"), "utf8")).trim();
    const env = { PATH: process.env.PATH, DATABASE_URL: this.address("DAMDA_TEST_MYSQL_URL") };
    const running = run(program, words, { cwd: this.folder, env });
    running.child.stdin!.end(input);
    await running;
  }

  /** Fails unless every invariant of money, stock and coupons holds. */
  async verify(): Promise<void> {
    await this.damda(["verify"]).catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`damda verify found the books out of order:\n${error.stdout ?? ""}${error.stderr ?? error}`);
    });
  }

  /** Makes a new operator of this role; returns how they log in. */
  async createOperator(role: string): Promise<Credentials> {
    const credentials = { email: `${role}-${randomUUID()}@example.com`, password: randomUUID() };
    await this.damda(["admin", "create", credentials.email, "--role", role, "--password-stdin"], credentials.password);
    return credentials;
  }

  /** All that the instances have written so far. */
  async logs(): Promise<string> {
    const logs = this.instances.map((_, index) => readFile(join(this.folder, `instance-${index + 1}/log`), "utf8"));
    return (await Promise.all(logs)).join("\n");
  }

  /** What nginx has answered so far, oldest first. */
  async accesses(): Promise<Access[]> {
    const lines = (await this.accessLog()).trim().split("\n");
    return lines.flatMap((line) => {
      const [, method, path, status, from] = line.match(/\] (\S+) (\S*) (\d+) .* from=(.*) took=/) ?? [];
      if (method === undefined) return [];
      return [{ method, path: path!, status: Number(status), from: from!.split(", ").map((address) => `http://${address}`) }];
    });
  }

  accessLog(): Promise<string> {
    return readFile(join(this.folder, "nginx/access.log"), "utf8");
  }
}

async function addresses(folder: string): Promise<ReadonlyMap<string, string>> {
  const text = await readFile(join(folder, "env"), "utf8");
  // Written for a shell: a space has a backslash before it.
  return new Map(text.trim().split("\n").map((line) => line.replaceAll("\\", "").split(/=(.*)/s, 2) as [string, string]));
}
