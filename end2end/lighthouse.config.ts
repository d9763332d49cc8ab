// Lighthouse on the pages that sell: `make lighthouse`. One page at a time, so that nothing else takes the
// processor from what is being measured.
import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  testDir: "lighthouse",
  outputDir: "test-results/lighthouse",
  workers: 1,
  timeout: 600_000,
  projects: [{ name: "telephone" }],
});
