// The shop on three instances behind nginx, on MariaDB, Redis and Kafka. `make test` runs this after the browser
// tests; by hand, with a program built:
//   DAMDA_BIN=…/debug/damda npx playwright test --config cluster.config.ts
// Start reading in helpers/cluster-test.ts.
import { defineConfig } from "@playwright/test";

import tests, { desktop } from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  testDir: "cluster",
  outputDir: "test-results/cluster",
  globalSetup: "./helpers/cluster-start.ts",
  // One test at a time: they kill and add instances.
  workers: 1,
  timeout: 180_000,
  projects: [{ name: "three instances", use: { viewport: desktop } }],
});
