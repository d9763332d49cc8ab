// A sale that goes wrong at three in the morning, with a share of its payments failing. The console alone is enough: it
// says what fails, shows which orders stand still and why, mends one by hand, stops a coupon, gives one item back and
// answers where somebody's money went.
import { randomUUID } from "node:crypto";

import type { APIRequestContext } from "@playwright/test";

import { balanceOf, chargeMember, login, member, type Member, productNamed } from "../helpers/people.ts";
import { letTheMinutePass } from "../helpers/stopped.ts";
import { expect, type Page, test } from "../helpers/test.ts";

test.use({
  settings: { DEMO_FAIL_PAYMENTS: "50%", ORDER_LIMIT: "off", RECOVERY_EVERY: "1h", ALERTS_EVERY: "200ms" },
});

const ORDERS = 32;
const main = (page: Page) => page.getByRole("main");
const rowOf = (page: Page, id: string) =>
  main(page).getByRole("listitem").filter({ has: page.locator(`a[href="/admin/orders/${id}"]`) });

/** A shopper who buys piece by piece; gives which of their orders came through and which stand still. */
async function sale(request: APIRequestContext): Promise<{ who: Member; price: number; sold: string[]; stuck: string[] }> {
  const who = await member(request);
  const goods = await productNamed(request, "밤 버스");
  for (let paid = 0; paid < ORDERS * goods.price; paid += 100_000) await chargeMember(request, who, 100_000);
  const [sold, stuck]: [string[], string[]] = [[], []];
  for (let nth = 0; nth < ORDERS; nth += 1) {
    const answer = await request.post("/api/v1/orders", {
      data: { items: [{ product_id: goods.id, quantity: 1 }] },
      headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
    });
    expect([201, 202], await answer.text()).toContain(answer.status());
    (answer.status() === 201 ? sold : stuck).push(((await answer.json()) as { id: string }).id);
  }
  expect(Math.min(sold.length, stuck.length), "some came through and some did not").toBeGreaterThan(2);
  return { who, price: goods.price, sold, stuck };
}

test("at three in the morning the console is enough", async ({ page, request, shop }) => {
  const { who, price, sold, stuck } = await sale(request);
  await login(page, shop.operator);

  // Is it healthy, and what fails?
  await expect(async () => {
    await page.goto("/admin?over=15m");
    await expect(main(page).getByRole("region", { name: "경보" })).toContainText("결제가 실패하고 있습니다");
  }).toPass();
  const failed = main(page).locator("dl > div").filter({ hasText: "실패한 결제" }).locator("dd");
  await expect(failed).toHaveText(String(stuck.length));

  // What is stuck, and why? One is mended by hand, once its minute is over.
  await page.getByRole("link", { name: "복구 대기" }).click();
  const [order] = stuck as [string];
  await expect(rowOf(page, order)).toContainText("결제하지 못함");
  await letTheMinutePass(shop);
  await rowOf(page, order).getByRole("checkbox").check();
  await page.getByRole("button", { name: "지금 복구하기" }).click();
  await expect(main(page)).toContainText("복구 1건");
  await expect(rowOf(page, order)).toHaveCount(0);

  // The coupon that brings the crowd is stopped.
  await page.locator('a[href="/admin/coupons"]').first().click();
  await main(page).getByRole("link", { name: /WELCOME10/ }).click();
  await page.getByRole("button", { name: "쿠폰 멈추기" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");
  const claim = await request.post("/api/v1/coupons/WELCOME10/claims", { headers: { Authorization: `Bearer ${who.token}` } });
  expect(claim.status()).toBe(409);

  // One item goes back.
  const before = await balanceOf(request, who);
  await page.goto(`/admin/orders/${sold[0]}`);
  await page.getByLabel("밤 버스").selectOption({ index: 1 });
  await page.getByLabel("까닭").fill("두 번 샀다고 함");
  await page.getByRole("button", { name: "고른 것만 환불하기" }).click();
  await expect(page.getByRole("status")).toContainText("환불했습니다");
  expect(await balanceOf(request, who)).toBe(before + price);

  // Where did my money go?
  await page.goto("/admin/customers");
  await page.getByLabel("이메일 앞부분").fill(who.email);
  await page.getByRole("button", { name: "찾기", exact: true }).click();
  await main(page).getByRole("listitem").filter({ hasText: who.email }).getByRole("link").click();
  await expect(main(page).getByRole("listitem").filter({ hasText: "두 번 샀다고 함" }).first()).toContainText(`+₩${price.toLocaleString("en-US")}`);
  await expect(main(page).getByRole("listitem").filter({ hasText: "고객이 충전" }).first()).toBeVisible();
});
