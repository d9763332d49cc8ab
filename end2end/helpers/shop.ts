// A shop of one's own: the program with a fresh database, on a free port, stopped at the end.
// Knows no browser; test.ts hands shops to the tests.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

export type Credentials = { email: string; password: string };
/** Environment variables of the program, beyond those that every shop gets here. */
export type Settings = Record<string, string>;

const run = promisify(execFile);
const START_MS = 30_000;
const STOP_MS = 15_000;

function program(): string {
  const path = process.env.DAMDA_BIN;
  if (!path) throw new Error("DAMDA_BIN must name the damda program: run `make test`, or build it and set DAMDA_BIN");
  return path;
}

/** Only what a shop needs, so that nothing set on the developer's machine changes a test. */
function environment(settings: Settings): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: process.env.HOME,
    RUST_BACKTRACE: "1",
    DATABASE_URL: "sqlite://damda.db",
    METRICS_LISTEN: "off",
    LOGIN_LIMIT: "off",
    REGISTER_LIMIT: "off",
    ...settings,
  };
}

/** Makes a folder with a demo shop's database in it; returns the folder. */
export async function seedTemplate(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "damda-template-"));
  try {
    const { stdout } = await run(program(), ["seed", "--demo"], { cwd: folder, env: environment({}) });
    await writeFile(join(folder, "logins.txt"), stdout);
    return folder;
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  }
}

/** Finds the demo's two people in what `damda seed --demo` printed: on each one's line stand an e-mail
 *  address and, as the last word, a password. The operator's line comes with the word operator or admin. */
export function parseLogins(printed: string): { operator: Credentials; shopper: Credentials } {
  const people = printed
    .split("\n")
    .map((line) => ({ line, email: line.match(/[\w.+-]+@[\w.-]+\w/)?.[0], password: line.trim().split(/\s+/).at(-1) }))
    .filter((one): one is { line: string } & Credentials => Boolean(one.email && one.password && one.email !== one.password));
  const operator = people.find(({ line }) => /operator|admin|운영/i.test(line));
  const shopper = people.find((one) => one !== operator);
  if (!operator || !shopper) throw new Error(`seed --demo did not print two logins, but:\n${printed}`);
  return { operator, shopper };
}

/** A port that nobody uses, below the range that outgoing connections take theirs from. */
async function freePort(): Promise<number> {
  for (;;) {
    const port = 12_000 + Math.floor(Math.random() * 8_000);
    const server = createServer();
    const free = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false));
      server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
}

export class Shop {
  private constructor(
    readonly url: string,
    readonly folder: string,
    readonly operator: Credentials,
    readonly shopper: Credentials,
    private readonly settings: Settings,
    private readonly child: ChildProcess,
    private readonly killWithUs: () => void,
  ) {}

  /** Starts a shop and returns when it answers: on a copy of the demo's database, or on nothing at all. */
  static async open(settings: Settings = {}, stocked = true): Promise<Shop> {
    const template = process.env.DAMDA_TEMPLATE;
    if (!template) throw new Error("helpers/template.ts has not run");
    const folder = await mkdtemp(join(tmpdir(), "damda-shop-"));
    await cp(template, folder, { recursive: true });
    const { operator, shopper } = parseLogins(await readFile(join(folder, "logins.txt"), "utf8"));
    if (!stocked) await Promise.all((await readdir(folder)).map((name) => rm(join(folder, name))));

    const address = `127.0.0.1:${await freePort()}`;
    const output = openSync(join(folder, "shop.log"), "a");
    const child = spawn(program(), ["serve"], {
      cwd: folder,
      env: environment({ LISTEN: address, ...settings }),
      stdio: ["ignore", output, output],
    });
    closeSync(output);
    const killWithUs = () => child.kill("SIGKILL");
    process.once("exit", killWithUs);

    const shop = new Shop(`http://${address}`, folder, operator, shopper, settings, child, killWithUs);
    try {
      await shop.answers();
    } catch (error) {
      await shop.close().catch(() => {});
      throw error;
    }
    return shop;
  }

  private async answers(): Promise<void> {
    const deadline = Date.now() + START_MS;
    let failed = "";
    this.child.once("error", (error) => (failed = String(error)));
    for (;;) {
      if (failed || this.child.exitCode !== null || this.child.signalCode !== null) {
        throw new Error(`the shop ended before it answered: ${failed}\n${await this.log()}`);
      }
      const ready = await fetch(`${this.url}/readyz`).then((answer) => answer.ok, () => false);
      if (ready) return;
      if (Date.now() > deadline) throw new Error(`the shop was not ready in ${START_MS} ms:\n${await this.log()}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** All that the program has written so far. */
  log(): Promise<string> {
    return readFile(join(this.folder, "shop.log"), "utf8");
  }

  /** Runs another command of the program on this shop's database; returns what it printed. */
  async damda(...args: string[]): Promise<string> {
    const { stdout } = await run(program(), args, { cwd: this.folder, env: environment(this.settings) });
    return stdout;
  }

  /** Does to this shop's database what only time could do, or an operator; returns what it printed. */
  async sql(statements: string): Promise<string> {
    const { stdout } = await run("sqlite3", ["-bail", "-cmd", ".timeout 10000", "damda.db", statements], { cwd: this.folder });
    return stdout.trim();
  }

  /** Fails unless every invariant of money, stock and coupons holds. */
  async verify(): Promise<void> {
    await this.damda("verify").catch((error: { stdout?: string; stderr?: string }) => {
      throw new Error(`damda verify found the books out of order:\n${error.stdout ?? ""}${error.stderr ?? error}`);
    });
  }

  /** Stops the program as an operator would. Fails if it does not stop, or ends badly. */
  async close(): Promise<void> {
    try {
      if (this.child.pid !== undefined && this.child.exitCode === null && this.child.signalCode === null) {
        const ended = once(this.child, "exit");
        this.child.kill("SIGTERM");
        let late: NodeJS.Timeout | undefined;
        const tooLate = new Promise<"late">((resolve) => (late = setTimeout(resolve, STOP_MS, "late")));
        const outcome = await Promise.race([ended, tooLate]);
        clearTimeout(late);
        if (outcome === "late") {
          this.child.kill("SIGKILL");
          await ended;
          throw new Error(`the shop did not stop within ${STOP_MS} ms of SIGTERM:\n${await this.log()}`);
        }
      }
      const signal = this.child.signalCode;
      const wellEnded = this.child.exitCode === 0 || signal === "SIGTERM";
      if (!wellEnded) throw new Error(`the shop ended with ${this.child.exitCode ?? signal}:\n${await this.log()}`);
    } finally {
      process.removeListener("exit", this.killWithUs);
      await rm(this.folder, { recursive: true, force: true });
    }
  }
}
