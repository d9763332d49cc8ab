// The dashboard while people buy: what it tells is what happened, it tells it by itself while somebody looks, and its
// charts are tables too.
import { randomUUID } from "node:crypto";

import type { APIRequestContext } from "@playwright/test";

import { chargeMember, login, member, productNamed } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({ settings: { ORDER_LIMIT: "off" } });

const figure = (page: Page, label: string) =>
  page.getByRole("main").locator("dl > div").filter({ has: page.locator("dt", { hasText: new RegExp(`^${label}$`) }) }).locator("dd");

const number = async (page: Page, label: string) => Number((await figure(page, label).innerText()).replaceAll(/[^0-9]/g, ""));

/** So many orders of one piece, and one that the wallet does not pay for; gives what a piece costs. */
async function sell(request: APIRequestContext, orders: number): Promise<number> {
  const who = await member(request);
  const goods = await productNamed(request, "밤 버스");
  const order = () =>
    request.post("/api/v1/orders", {
      data: { items: [{ product_id: goods.id, quantity: 1 }] },
      headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
    });
  expect((await order()).status()).toBe(409);
  await chargeMember(request, who, 100_000);
  for (let nth = 0; nth < orders; nth += 1) expect((await order()).status()).toBe(201);
  return goods.price;
}

test("the dashboard tells of each order, refusal and won, over every span", { tag: "@phone" }, async ({ page, request, shop }) => {
  await login(page, shop.operator);
  await page.goto("/admin?over=15m");
  const before = { placed: await number(page, "들어온 주문"), completed: await number(page, "완료"), sold: await number(page, "판매") };
  const price = await sell(request, 2);
  for (const span of ["15분", "1시간", "24시간", "3일"]) {
    await page.getByRole("navigation", { name: "기간" }).getByRole("link", { name: span, exact: true }).click();
    await expect(page.getByRole("link", { name: span, exact: true })).toHaveAttribute("aria-current", "true");
    expect(await number(page, "들어온 주문")).toBeGreaterThanOrEqual(before.placed + 3);
    expect(await number(page, "완료")).toBeGreaterThanOrEqual(before.completed + 2);
    await expect(figure(page, "– 잔액 부족")).not.toHaveText("0");
  }
  await page.goto("/admin?over=15m");
  expect(await number(page, "들어온 주문")).toBe(before.placed + 3);
  expect(await number(page, "판매")).toBe(before.sold + 2 * price);

  const chart = page.getByRole("figure").filter({ hasText: "초당 주문" });
  await expect(chart.locator("svg")).toBeVisible();
  await chart.getByText("표로 보기").click();
  await expect(chart.getByRole("table")).toContainText("초당");
});

test("what happens is told without the page being opened again, and what was opened stays open", { tag: "@js" }, async ({ page, request, shop }) => {
  await login(page, shop.operator);
  await page.goto("/admin?over=15m");
  const placed = await number(page, "들어온 주문");
  const chart = page.getByRole("figure").filter({ hasText: "초당 주문" });
  await chart.getByText("표로 보기").click();
  // The keyboard elsewhere: where it is nothing moves.
  await page.getByRole("heading", { level: 1 }).click();
  await page.evaluate(() => {
    document.body.dataset["sameAsBefore"] = "yes";
    if (document.activeElement instanceof HTMLElement) document.activeElement.blur();
  });
  await sell(request, 1);
  await expect(figure(page, "들어온 주문")).toHaveText(String(placed + 2), { timeout: 30_000 });
  await expect(chart.locator("details")).toHaveAttribute("open", "");
  expect(await page.evaluate(() => document.body.dataset["sameAsBefore"])).toBe("yes");
});
