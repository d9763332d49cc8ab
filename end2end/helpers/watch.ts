// Watches what a browser complains about while a test runs. A test that looks right but made the
// browser report an error, a panic, a broken request or a breach of the content policy has failed.
import type { BrowserContext, Response } from "@playwright/test";

type Expected = { status: number; path: string | RegExp; seen: boolean };

export class Watch {
  private readonly problems: string[] = [];
  private readonly expected: Expected[] = [];
  /** True once a page has sent anything but a GET. */
  wrote = false;

  private readonly origins: Set<string>;

  /** `origin` is where the shop is. */
  constructor(
    origin: string,
    private readonly javaScript: boolean,
  ) {
    this.origins = new Set([origin]);
  }

  /** Says that the shop is at another address too. */
  isAlsoAt(origin: string): void {
    this.origins.add(origin);
  }

  /** Says that a page will be answered with this status, which is then no problem; that it is not, is. */
  expectStatus(status: number, path: string | RegExp): void {
    this.expected.push({ status, path, seen: false });
  }

  add(context: BrowserContext): void {
    context.on("console", (message) => {
      // Leptos only warns when the page and its wasm come from different builds, and then nothing moves.
      const asleep = message.text().startsWith("Could not find WASM function");
      // Refused and failed requests are judged below, where their address and status are known.
      if ((message.type() !== "error" && !asleep) || message.text().startsWith("Failed to load resource:")) return;
      this.problems.push(`console: ${message.text()} (at ${message.location().url})`);
    });
    context.on("weberror", (event) => {
      this.problems.push(`page error: ${event.error().stack ?? event.error().message}`);
    });
    context.on("request", (request) => {
      if (request.method() !== "GET") this.wrote = true;
      const url = new URL(request.url());
      if (url.protocol.startsWith("http") && !this.origins.has(url.origin)) {
        this.problems.push(`a request left the shop: ${request.method()} ${request.url()}`);
      }
    });
    context.on("requestfailed", (request) => {
      const why = request.failure()?.errorText ?? "";
      // The page was left while something still loaded: what any person does.
      if (why === "net::ERR_ABORTED") return;
      // How a browser without JavaScript declines a script. A true breach of the policy is on the console.
      if (!this.javaScript && why === "csp" && request.url().endsWith(".js")) return;
      this.problems.push(`request failed: ${request.method()} ${request.url()} ${why}`);
    });
    context.on("response", (response) => this.judge(response));
  }

  private judge(response: Response): void {
    if (response.status() < 400) return;
    const path = new URL(response.url()).pathname;
    const matches = this.expected.filter(
      (one) => one.status === response.status() && (typeof one.path === "string" ? one.path === path : one.path.test(path)),
    );
    const match = matches.find((one) => !one.seen) ?? matches[0];
    if (match) match.seen = true;
    else this.problems.push(`status ${response.status()}: ${response.request().method()} ${response.url()}`);
  }

  /** Throws everything that was noticed. */
  conclude(): void {
    const missed = this.expected
      .filter((one) => !one.seen)
      .map((one) => `status ${one.status} was expected of ${one.path} and did not come`);
    const all = [...this.problems, ...missed];
    if (all.length > 0) throw new Error(`the browser noticed:\n- ${all.join("\n- ")}`);
  }
}
