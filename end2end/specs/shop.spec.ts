// The shop opens: the smallest test that everything between the database and the glass works.
import { expectNoSidewaysScroll } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test("the front page is a whole page in Korean", { tag: "@phone" }, async ({ page }) => {
  const answer = await page.goto("/");
  expect(answer?.status()).toBe(200);
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
  await expect(page.getByRole("main")).toBeVisible();
  await expect(page.getByRole("heading", { level: 1 })).toHaveCount(1);
  await expectNoSidewaysScroll(page);
});

test("a page that does not exist says so", async ({ page, watch }) => {
  watch.expectStatus(404, "/no-such-page");
  const answer = await page.goto("/no-such-page");
  expect(answer?.status()).toBe(404);
  await expect(page.getByRole("main")).toBeVisible();
});
