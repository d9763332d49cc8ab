// Runs once before all tests: fills one demo shop, of which every test file gets a copy.
import { rm } from "node:fs/promises";

import { seedTemplate } from "./shop.ts";

export default async function makeTemplate(): Promise<() => Promise<void>> {
  const folder = await seedTemplate();
  // The workers inherit it.
  process.env.DAMDA_TEMPLATE = folder;
  return () => rm(folder, { recursive: true, force: true });
}
