// Long lists, walked to their ends by the links under them: the products in each order, a shopper's orders, the
// wallet's statement. Nothing is left out and nothing comes twice.
import { randomUUID } from "node:crypto";

import { chargeMember, login, member, productNamed } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off" } });

/** Somebody who has charged and bought this often has more than fits one page. */
const TIMES = 26;

const main = (page: Page) => page.getByRole("main");

/** What stands in each row of the list, page by page to its end; then goes back to the beginning. */
async function walk(page: Page, rows: string, onward: string): Promise<string[]> {
  const found: string[] = [];
  const more = main(page).getByRole("link", { name: onward });
  await expect(main(page).getByRole("link", { name: "처음으로" })).toHaveCount(0);
  for (let turn = 0; ; turn += 1) {
    expect(turn, "the list ends").toBeLessThan(10);
    found.push(...(await main(page).locator(rows).allTextContents()));
    if ((await more.count()) === 0) break;
    const before = page.url();
    await more.click();
    await expect(page).not.toHaveURL(before);
    await expect(main(page).getByRole("link", { name: "처음으로" })).toBeVisible();
  }
  await main(page).getByRole("link", { name: "처음으로" }).click();
  await expect(page).not.toHaveURL(/cursor=/);
  await expect(main(page).locator(rows).first()).toHaveText(found[0]!);
  return found;
}

test("the products come in the order that was asked for, each once", { tag: "@phone" }, async ({ page, request }) => {
  const { items } = (await (await request.get("/api/v1/products?limit=100")).json()) as { items: { name: string; price: number }[] };
  const names = items.map(({ name }) => name).sort();
  const prices = items.map(({ price }) => price).sort((a, b) => a - b);
  const amount = (text: string) => Number(text.replaceAll(/\D/g, ""));
  for (const [sort, expected] of [["낮은 가격순", prices], ["높은 가격순", prices.toReversed()]] as const) {
    await page.goto("/products");
    await page.getByLabel("정렬").selectOption({ label: sort });
    await main(page).getByRole("button", { name: "찾기" }).click();
    await expect(page).toHaveURL(/sort=price_/);
    await expect(page.getByLabel("정렬").locator("option:checked")).toHaveText(sort);
    expect((await walk(page, ".product-card .price", "다음 상품 더 보기")).map(amount), sort).toEqual(expected);
  }
  await page.goto("/products");
  expect((await walk(page, ".product-card .product-name", "다음 상품 더 보기")).sort()).toEqual(names);
  // A list of one category keeps to it.
  await main(page).getByRole("navigation", { name: "갈래", exact: true }).getByRole("link", { name: "음악", exact: true }).click();
  await expect(page).toHaveURL("/products?category=music");
  const music = ((await (await request.get("/api/v1/products?category=music&limit=100")).json()) as { items: { name: string }[] }).items;
  await expect(main(page).locator(".product-grid > li")).toHaveCount(music.length);
});

test("a long past is there to its first day, among the orders and in the wallet", async ({ page, request }) => {
  const who = await member(request);
  const { id: product } = await productNamed(request, "밤 버스");
  const ids: string[] = [];
  for (let turn = 0; turn < TIMES; turn += 1) {
    await chargeMember(request, who, 10_000);
    const answer = await request.post("/api/v1/orders", {
      data: { items: [{ product_id: product, quantity: 1 }] },
      headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
    });
    expect(answer.status(), await answer.text()).toBe(201);
    ids.push(((await answer.json()) as { id: string }).id);
  }
  await login(page, who);
  await page.goto("/wallet");
  const balances = (await walk(page, ".statement-after", "지난 내역 더 보기")).map((text) => Number(text.replaceAll(/\D/g, "")));
  // Each charge adds 10,000 and each order takes 9,900, newest first.
  const expected = Array.from({ length: TIMES }, (_, turn) => [100 * turn + 10_000, 100 * (turn + 1)]).flat().reverse();
  expect(balances).toEqual(expected);

  await page.goto("/orders");
  const seen: string[] = [];
  const hrefs = () => main(page).locator("a.order-row").evaluateAll((links) => links.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
  seen.push(...(await hrefs()));
  await main(page).getByRole("link", { name: "지난 주문 더 보기" }).click();
  await expect(page).toHaveURL(/\/orders\?cursor=/);
  seen.push(...(await hrefs()));
  await expect(main(page).getByRole("link", { name: "지난 주문 더 보기" })).toHaveCount(0);
  expect(seen).toEqual(ids.toReversed().map((id) => `/orders/${id}`));
  await main(page).getByRole("link", { name: "처음으로" }).click();
  await expect(page).toHaveURL("/orders");
});
