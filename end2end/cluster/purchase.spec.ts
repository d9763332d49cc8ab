// The purchase, by somebody whom nginx sends to another instance with nearly every request.
import { TextBrowser, Thumb } from "../helpers/hands.ts";
import { buy } from "../helpers/journey.ts";
import { type Access, type Cluster } from "../helpers/cluster.ts";
import { expect, type Page, test } from "../helpers/cluster-test.ts";

/** What nginx answered while something was done. */
async function meanwhile(cluster: Cluster, work: () => Promise<void>): Promise<Access[]> {
  const before = (await cluster.accesses()).length;
  await work();
  return (await cluster.accesses()).slice(before);
}

/** Fails unless every instance took part. */
async function expectAllTookPart(cluster: Cluster, work: () => Promise<void>): Promise<void> {
  const answered = await meanwhile(cluster, work);
  const by = new Set(answered.flatMap(({ from }) => from));
  for (const instance of cluster.instances) expect([...by]).toContain(instance);
}

test.describe("a stranger registers, charges, claims a coupon, buys and finds it again, through all instances", () => {
  test.describe("by one thumb, in Korean", () => {
    test.use({ viewport: { width: 360, height: 740 }, isMobile: true, hasTouch: true });
    test("with JavaScript", async ({ page, cluster }) => expectAllTookPart(cluster, () => buy(new Thumb(page), "ko")));
  });

  test.describe("in a text browser, in English", () => {
    test.use({ locale: "en-US", javaScriptEnabled: false });
    test("without JavaScript", async ({ page, cluster }) => {
      const reader = await TextBrowser.open(page);
      await expectAllTookPart(cluster, () => buy(reader, "en"));
    });
  });
});

test("the same page comes from every instance, and so does what it needs", async ({ page, cluster, visitAt }) => {
  const seen = async (page: Page) => {
    await page.goto("/products/1");
    return page.getByRole("main").innerText();
  };
  const first = await seen(page);
  expect(first).toContain("느린 아침의 기록");
  for (const instance of cluster.instances) expect(await seen(await visitAt(page, instance))).toBe(first);
});
