// How much a browser must fetch before the pages can move: every script and all wasm that any page of the
// shop asks for, compressed as well as Brotli can.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

import { login, member } from "../helpers/people.ts";
import { newcomersPlaces, strangersPlaces } from "../helpers/places.ts";
import { expect, test } from "../helpers/test.ts";

const TARGET_KB = 100;
const MOST_KB = 150;

function compressed(body: Buffer): number {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length };
  return brotliCompressSync(body, { params }).length;
}

test("all that moves the pages weighs less than 150 kB", { tag: "@js" }, async ({ page, watch }) => {
  test.setTimeout(120_000);
  const asked = new Set<string>();
  page.on("response", (response) => {
    const { pathname } = new URL(response.url());
    if (response.status() === 200 && /\.(m?js|wasm)$/.test(pathname)) asked.add(pathname);
  });
  const strangers = await strangersPlaces(page);
  await login(page, await member(page.request));
  for (const { path, status } of [...strangers, ...newcomersPlaces()]) {
    if (status !== undefined) watch.expectStatus(status, path.split("?")[0]!);
    await page.goto(path, { waitUntil: "load" });
  }

  // Fetched again: what a page had is gone from the browser with the page.
  const files = new Map<string, number>();
  for (const pathname of asked) files.set(pathname, compressed(await (await page.request.get(pathname)).body()));

  // Nothing lies in the site's folder that some page not visited here could load besides.
  const site = join(import.meta.dirname, "../../site");
  const built = (await readdir(site, { recursive: true })).filter((name) => /\.(m?js|wasm)$/.test(name));
  for (const name of built) files.set(`/${name}`, files.get(`/${name}`) ?? compressed(await readFile(join(site, name))));

  const kilobytes = [...files.values()].reduce((sum, bytes) => sum + bytes, 0) / 1_000;
  const parts = [...files].map(([name, bytes]) => `${name} ${(bytes / 1_000).toFixed(1)} kB`).join(", ");
  console.log(`wasm and JavaScript of the shop, brotli 11: ${kilobytes.toFixed(1)} kB (${parts}); target ${TARGET_KB}, most ${MOST_KB}`);
  expect([...files.keys()].some((name) => name.endsWith(".wasm"))).toBe(true);
  expect(kilobytes).toBeLessThan(MOST_KB);
});
