// Pictures of every page for people to look at: `make screenshots`.
import { defineConfig } from "@playwright/test";

import tests from "./playwright.config.ts";

export default defineConfig({
  ...tests,
  testDir: "pictures",
  outputDir: "test-results/pictures",
  projects: [{ name: "pictures" }],
});
