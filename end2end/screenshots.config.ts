// Pictures of every page for people to look at: `make screenshots`.
import { defineConfig } from "@playwright/test";

import tests, { desktop, phone } from "./playwright.config.ts";

const widths = { 1280: { viewport: desktop }, 390: { viewport: phone, isMobile: true, hasTouch: true } };

export default defineConfig({
  ...tests,
  testDir: "pictures",
  outputDir: "test-results/pictures",
  projects: Object.entries(widths).flatMap(([width, use]) =>
    (["light", "dark"] as const).map((colorScheme) => ({
      name: `${width}-${colorScheme}`,
      use: { ...use, colorScheme },
    })),
  ),
});
