// As test.ts, for the tests of end2end/cluster: one shop on three instances for all of them. After every test
// the books must balance, no instance may have panicked, and whichever was killed is back.
//
//   test("…", async ({ page, cluster, visitAt }) => {
//     await page.goto("/");                                     // through nginx
//     const there = await visitAt(page, cluster.instances[1]!);   // the same browser, at one instance's own door
//   });
import { type BrowserContext, expect, type Page, test as base } from "@playwright/test";

import { Cluster } from "./cluster.ts";
import { Watch } from "./watch.ts";

export { expect };
export type { Page };

type PerTest = {
  cluster: Cluster;
  watch: Watch;
  /** Opens a page of the same browser whose addresses begin at this door. A cookie of 127.0.0.1 is good at each
   *  of its ports, so this is what a balancer does that sends somebody elsewhere. */
  visitAt: (page: Page, door: string) => Promise<Page>;
};

export const test = base.extend<PerTest>({
  cluster: [
    async ({}, use, info) => {
      const folder = process.env.DAMDA_TEST_CLUSTER;
      if (!folder) throw new Error("helpers/cluster-start.ts has not run");
      const cluster = await Cluster.in(folder);
      await use(cluster);
      for (const instance of cluster.instances) {
        if (!(await cluster.lives(instance))) await cluster.restart(instance);
      }
      const logs = await cluster.logs();
      if (info.status !== info.expectedStatus) {
        await info.attach("instances.log", { body: logs.slice(-100_000), contentType: "text/plain" });
        await info.attach("access.log", { body: (await cluster.accessLog()).slice(-100_000), contentType: "text/plain" });
      }
      if (logs.includes("panicked at")) throw new Error(`an instance panicked:\n${logs}`);
      await cluster.verify();
    },
    { auto: true, timeout: 120_000 },
  ],

  baseURL: async ({ cluster }, use) => use(cluster.balancer),

  watch: [
    async ({ context, cluster, javaScriptEnabled }, use) => {
      const watch = new Watch(cluster.balancer, javaScriptEnabled !== false);
      watch.add(context);
      await use(watch);
      watch.conclude();
    },
    { auto: true },
  ],

  visitAt: async ({ browser, watch }, use) => {
    const contexts: BrowserContext[] = [];
    await use(async (page, door) => {
      const context = await browser.newContext({ baseURL: door, storageState: await page.context().storageState() });
      contexts.push(context);
      watch.isAlsoAt(door);
      watch.add(context);
      return context.newPage();
    });
    await Promise.all(contexts.map((context) => context.close()));
  },
});
