// Finding something: what sells, what is bought together, what was looked at, and a search that helps on.
import { openProduct, productNamed } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test("the first page shows what sells, in all and in one category", { tag: "@phone" }, async ({ page }) => {
  await page.goto("/");
  const popular = page.locator("#popular");
  await expect(popular.getByRole("listitem")).toHaveCount(4);
  await expect(popular).toContainText("3일 동안 12개 판매");
  const chips = popular.getByRole("navigation", { name: "인기 상품 갈래" });
  await expect(chips.getByRole("link", { name: "전체" })).toHaveAttribute("aria-current", "true");
  await chips.getByRole("link", { name: "게임" }).click();
  await expect(page).toHaveURL("/?popular=game#popular");
  await expect(chips.getByRole("link", { name: "게임" })).toHaveAttribute("aria-current", "true");
  await expect(popular.getByRole("listitem")).toHaveCount(2);
  await expect(popular).toContainText("등대지기의 여름");
  await expect(popular).toBeInViewport();
});

test("what was looked at last is shown, and forgotten when that is asked for", async ({ page }) => {
  await openProduct(page, "밤 버스");
  await expect(page.getByRole("region", { name: "최근 본 상품" })).toHaveCount(0);
  await openProduct(page, "새벽 시장");
  const seen = page.getByRole("region", { name: "최근 본 상품" });
  await expect(seen.getByRole("link", { name: /밤 버스/ })).toBeVisible();
  await expect(seen.getByRole("link", { name: /새벽 시장/ })).toHaveCount(0);
  await page.goto("/");
  await expect(seen.getByRole("listitem")).toHaveCount(2);
  await seen.getByRole("button", { name: "지우기" }).click();
  await expect(page).toHaveURL("/");
  await expect(seen).toHaveCount(0);
});

test("what was bought together with a product stands on its page, what can be bought first", async ({ page, request, shop }) => {
  const id = async (name: string) => (await productNamed(request, name)).id;
  const [book, music, icons, soldOut] = [await id("느린 아침의 기록"), await id("밤 버스"), await id("화살표만 120"), await id("벽돌집체")];
  // Orders settle for two minutes before they are counted: this is what the job leaves.
  const met = [[music, 5], [icons, 2], [soldOut, 9]].map(([other, orders]) => `(${book}, ${other}, ${orders})`);
  await shop.sql(`DELETE FROM product_pairs WHERE product_id = ${book};
    INSERT INTO product_pairs (product_id, other_id, order_count) VALUES ${met.join(", ")};`);
  await openProduct(page, "느린 아침의 기록");
  const together = page.locator("section").filter({ has: page.getByRole("heading", { name: "함께 산 상품" }) });
  // Two orders are no habit.
  await expect(together.getByRole("link")).toHaveText([/밤 버스/, /벽돌집체/]);
  await together.getByRole("link", { name: /밤 버스/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "밤 버스" })).toBeVisible();
});

test("a search says how much it found and keeps its question in the address", async ({ page }) => {
  await page.goto("/products");
  await page.getByRole("main").getByLabel("이름으로 찾기").fill("밤");
  await page.getByRole("main").getByRole("button", { name: "찾기" }).click();
  await expect(page).toHaveTitle("‘밤’ 찾기 결과 · 담다");
  const count = await page.getByRole("main").locator(".product-grid > li").count();
  await expect(page.getByRole("main")).toContainText(`찾기 결과가 ${count}개 있습니다`);
  await page.getByRole("main").getByRole("link", { name: "음악", exact: true }).click();
  await expect(page).toHaveURL(/q=%EB%B0%A4.*category=music/);
  await expect(page).toHaveTitle("음악에서 ‘밤’ 찾기 결과 · 담다");
});

test("English names are found by who reads English", async ({ page }) => {
  await page.goto("/products?lang=en&q=slow+mornings");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.getByRole("main").getByRole("link", { name: "Notes from Slow Mornings" })).toBeVisible();
});

test("who finds nothing is shown what sells", async ({ page }) => {
  await page.goto("/products?q=%EC%97%86%EB%8A%94%EA%B2%83");
  await expect(page.getByRole("main")).toContainText("찾지 못했습니다");
  await expect(page.getByRole("heading", { name: "3일 동안 인기" })).toBeVisible();
  await expect(page.getByRole("main").locator(".product-grid > li")).toHaveCount(4);
});

test("a sold-out product offers others and no button that cannot succeed", { tag: "@phone" }, async ({ page }) => {
  await openProduct(page, "벽돌집체");
  await expect(page.getByRole("button", { name: "담기" })).toHaveCount(0);
  await expect(page.getByRole("button", { name: "품절" })).toBeDisabled();
  await page.getByRole("link", { name: "비슷한 상품 보기" }).click();
  await expect(page.getByRole("heading", { name: "비슷한 상품" })).toBeInViewport();
  const first = page.locator("#similar li").first();
  await expect(first).not.toContainText("품절");
});
