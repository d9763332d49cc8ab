// lynx, a real text browser, driven by the keys a person would press: it finds a word on the page as a
// person does (/ and the word), follows links, fills in fields. The screen is lynx's own, read back from what
// it draws on a plain terminal.
import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
/** A script that ends before lynx does leaves it waiting for a key. */
const PATIENCE_MS = 30_000;

/** Keys, as lynx's command scripts name them. */
export class Keys {
  private readonly keys: string[] = [];

  /** Moves to the first link or field at or after these words. Only what is on every keyboard: no Hangul. */
  find(words: string): this {
    return this.key("^A", "/").type(words).key("^J");
  }

  /** Follows the link, or presses the button, that has these words. */
  press(words: string): this {
    return this.find(words).key("^J");
  }

  /** Writes into the field after these words; ends on what comes after the field. */
  write(words: string, text: string): this {
    return this.find(words).key("^J").type(text).key("<tab>");
  }

  key(...names: string[]): this {
    this.keys.push(...names);
    return this;
  }

  type(text: string): this {
    return this.key(...[...text].map((letter) => (letter === " " ? "<space>" : letter)));
  }

  toString(): string {
    // Draws the whole screen once more, so that the end of what it wrote is what is seen.
    return [...this.keys, "^L", "Q"].map((key) => `key ${key}\n`).join("");
  }
}

export class Lynx {
  private constructor(private readonly folder: string) {}

  static async open(): Promise<Lynx> {
    const folder = await mkdtemp(join(tmpdir(), "damda-lynx-"));
    const settings = {
      COOKIE_FILE: join(folder, "cookies"),
      COOKIE_SAVE_FILE: join(folder, "cookies"),
      PERSISTENT_COOKIES: "TRUE",
      ACCEPT_ALL_COOKIES: "TRUE",
      CHARACTER_SET: "utf-8",
      ASSUME_CHARSET: "utf-8",
      PREFERRED_LANGUAGE: "en",
      TEXTFIELDS_NEED_ACTIVATION: "TRUE",
      // Otherwise it rests for a second or more on every message.
      INFOSECS: "0",
      MESSAGESECS: "0",
      ALERTSECS: "0",
    };
    await writeFile(join(folder, "lynx.cfg"), Object.entries(settings).map(([name, value]) => `${name}:${value}\n`).join(""));
    return new Lynx(folder);
  }

  /** Begins at an address, presses the keys and returns the last screen. What was opened by then stays: the
   *  cookies are kept. */
  async use(url: string, keys: Keys): Promise<string> {
    const script = join(this.folder, "script");
    await writeFile(script, keys.toString());
    const drawn = await this.lynx(`-cmd_script=${script}`, url);
    const last = drawn.slice(Math.max(drawn.lastIndexOf("\u001b[H\u001b[J"), drawn.lastIndexOf("\u001b[H\u001b[2J"), 0));
    return last.replaceAll(/\u001b[[()][0-9;?]*[A-Za-z]?/g, " ").replaceAll(/\s+/g, " ");
  }

  /** A page as lynx writes it out: links without their numbers. */
  async read(url: string): Promise<string> {
    return this.lynx("-dump", "-nolist", url);
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }

  private async lynx(...args: string[]): Promise<string> {
    const env = { PATH: process.env.PATH, HOME: this.folder, TERM: "vt100", LANG: "C.UTF-8", LYNX_CFG: join(this.folder, "lynx.cfg") };
    const running = run("lynx", args, { env, timeout: PATIENCE_MS, killSignal: "SIGKILL", maxBuffer: 8_000_000 });
    running.child.stdin?.end();
    return (await running).stdout;
  }
}
