// Import `test` and `expect` from here, never from @playwright/test. Every spec file gets a shop of its
// own (the demo catalogue, one operator, one shopper), shared by the tests of that file in their order;
// after every test that wrote anything the books must balance, and no test passes while the browser
// or the shop's log has something to complain about.
//
//   test("a stranger is asked to log in", async ({ page, shop, watch }) => {
//     watch.expectStatus(404, "/products/999999");   // only what a test says may be refused
//     await page.goto("/orders");
//   });
//   test.use({ settings: { RECOVERY_DELAY: "2s" } }); // at the top of a file: another configuration
//   test.use({ stocked: false });                     // at the top of a file: a shop with nothing in it
import { type BrowserContext, expect, type Page, test as base } from "@playwright/test";

import { type Settings, Shop } from "./shop.ts";
import { Watch } from "./watch.ts";

export { expect };
export type { Page };

/** The shop of the test file that this worker is at. */
class CurrentShop {
  private file = "";
  private shop: Shop | undefined;

  constructor(
    private readonly settings: Settings,
    private readonly stocked: boolean,
  ) {}

  async of(file: string): Promise<Shop> {
    if (this.shop === undefined || this.file !== file) {
      await this.close();
      this.shop = await Shop.open(this.settings, this.stocked);
      this.file = file;
    }
    return this.shop;
  }

  async close(): Promise<void> {
    const shop = this.shop;
    if (shop === undefined) return;
    this.shop = undefined;
    const unbalanced = await shop.verify().then(() => undefined, (error: Error) => error);
    await shop.close();
    if (unbalanced) throw new Error(`after ${this.file}: ${unbalanced.message}`);
  }
}

type PerWorker = { settings: Settings; stocked: boolean; currentShop: CurrentShop };
type PerTest = {
  /** This file's shop: its address, the demo's logins, its commands. */
  shop: Shop;
  watch: Watch;
  /** Opens another browser, for a second person in the same test. */
  newVisitor: () => Promise<Page>;
};

export const test = base.extend<PerTest, PerWorker>({
  settings: [{}, { scope: "worker", option: true }],
  stocked: [true, { scope: "worker", option: true }],

  currentShop: [
    async ({ settings, stocked }, use) => {
      const current = new CurrentShop(settings, stocked);
      await use(current);
      await current.close();
    },
    { scope: "worker", timeout: 60_000 },
  ],

  shop: [
    async ({ currentShop }, use, info) => {
      const shop = await currentShop.of(info.file);
      const from = (await shop.log()).length;
      await use(shop);
      const log = (await shop.log()).slice(from);
      if (info.status !== info.expectedStatus) {
        await info.attach("shop.log", { body: log, contentType: "text/plain" });
      }
      if (log.includes("panicked at")) throw new Error(`the shop panicked:\n${log}`);
    },
    { auto: true, timeout: 60_000 },
  ],

  baseURL: async ({ shop }, use) => use(shop.url),

  watch: [
    async ({ context, shop, javaScriptEnabled }, use) => {
      const watch = new Watch(shop.url, javaScriptEnabled !== false);
      watch.add(context);
      await use(watch);
      watch.conclude();
      if (watch.wrote) await shop.verify();
    },
    { auto: true },
  ],

  newVisitor: async ({ browser, watch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext();
      contexts.push(context);
      watch.add(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});
