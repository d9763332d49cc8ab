// The shop in a browser. `make test` sets everything up and runs this; by hand, with a program built:
//   DAMDA_BIN=…/debug/damda npx playwright test
// Start reading in helpers/test.ts.
import { defineConfig, type Project } from "@playwright/test";

const report = process.env.PLAYWRIGHT_JSON_OUTPUT_FILE;

export const desktop = { width: 1280, height: 800 };
export const phone = { width: 390, height: 844 };

/** A test's tags say where it makes no sense, or where else it should run:
 *  `@js` only with JavaScript, `@nojs` only without, `@phone` on a telephone as well. */
const projects: Project[] = [
  { name: "with JavaScript", grepInvert: /@nojs\b/, use: { viewport: desktop } },
  { name: "without JavaScript", grepInvert: /@js\b/, use: { viewport: desktop, javaScriptEnabled: false } },
  {
    name: "phone",
    grep: /@phone\b/,
    grepInvert: /@nojs\b/,
    use: { viewport: phone, isMobile: true, hasTouch: true },
  },
];

export default defineConfig({
  testDir: "specs",
  outputDir: "test-results",
  globalSetup: "./helpers/template.ts",
  workers: 2,
  retries: 0,
  forbidOnly: report !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: report === undefined ? [["list"]] : [["list"], ["json"]],
  projects,
  use: {
    locale: "ko-KR",
    timezoneId: "Asia/Seoul",
    actionTimeout: 10_000,
    navigationTimeout: 30_000,
    screenshot: "only-on-failure",
    contextOptions: { reducedMotion: "reduce" },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: [
        "--no-sandbox",
        "--disable-quic",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
      ],
    },
  },
});
