// A sale in which a fault strikes paid orders: the console alone is enough to see which orders stand still and why, to
// leave a note, and to mend one by hand. The shop's own job is kept from being quicker.
import { balanceOf, chargeMember, login, type Member, member, productNamed } from "../helpers/people.ts";
import { letTheMinutePass } from "../helpers/stopped.ts";
import { expect, type Page, test } from "../helpers/test.ts";
import { type APIRequestContext } from "@playwright/test";
import { randomUUID } from "node:crypto";

test.use({ settings: { FAILPOINTS: "confirm.begin=return(error)", ORDER_LIMIT: "off", RECOVERY_EVERY: "1h" } });

const main = (page: Page) => page.getByRole("main");

async function stuckOrder(request: APIRequestContext): Promise<{ who: Member; id: string }> {
  const who = await member(request);
  await chargeMember(request, who, 50_000);
  const goods = await productNamed(request, "밤 버스");
  const answer = await request.post("/api/v1/orders", {
    data: { items: [{ product_id: goods.id, quantity: 1 }] },
    headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
  });
  expect(answer.status(), await answer.text()).toBe(202);
  return { who, id: ((await answer.json()) as { id: string }).id };
}

test("the console shows which order stands still and why, takes a note, and mends it by hand", { tag: "@phone" }, async ({ page, request, shop }) => {
  const { who, id } = await stuckOrder(request);
  await login(page, shop.operator);
  await page.goto("/admin/recovery");
  const row = main(page).getByRole("listitem").filter({ has: page.locator(`a[href="/admin/orders/${id}"]`) });
  await expect(row).toContainText("결제했으나 확정하지 못함");
  await expect(row).toContainText("다시 함");
  await expect(row).not.toContainText(who.email);

  await row.getByRole("checkbox").check();
  await page.getByLabel("운영자끼리 보는 메모").fill("판매를 멈추고 알아보는 중");
  await page.getByRole("button", { name: "메모 남기기" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");

  await row.getByRole("checkbox").check();
  await page.getByRole("button", { name: "지금 복구하기" }).click();
  await expect(main(page)).toContainText("아직 때가 아님 1건");
  const before = await balanceOf(request, who);
  await letTheMinutePass(shop);
  await row.getByRole("checkbox").check();
  await page.getByRole("button", { name: "지금 복구하기" }).click();
  await expect(main(page)).toContainText("복구 1건");
  await expect(row).toHaveCount(0);
  expect(await balanceOf(request, who)).toBeGreaterThan(before);
  expect(await balanceOf(request, who)).toBe(50_000);

  await page.goto(`/admin/orders?id=${id}`);
  await main(page).locator(`a[href="/admin/orders/${id}"]`).click();
  await expect(page).toHaveURL(`/admin/orders/${id}`);
  for (const told of ["판매를 멈추고 알아보는 중", "1개 잡아 둠", "1개 풀림", "남은 잔액 ₩50,000", "주문을 직접 복구함"]) {
    await expect(main(page).getByRole("listitem").filter({ hasText: told }).first()).toBeVisible();
  }
  await page.getByRole("button", { name: "주문한 사람 보기" }).click();
  await expect(main(page)).toContainText(who.email);
  await page.goto("/admin/audit?act=person.seen");
  await expect(page.getByRole("row").nth(1)).toContainText("개인정보를 조회함");
});

test("an operator who ticks nothing, or writes nothing, reads so and nothing is changed", async ({ page, request, shop }) => {
  const { who, id } = await stuckOrder(request);
  await login(page, shop.operator);
  await page.goto("/admin/recovery");
  await page.getByRole("button", { name: "지금 복구하기" }).click();
  await expect(main(page)).toContainText("고른 주문이 없습니다");
  await page.goto(`/admin/recovery?status=PENDING&cause=confirm`);
  const row = main(page).getByRole("listitem").filter({ has: page.locator(`a[href="/admin/orders/${id}"]`) });
  await row.getByRole("checkbox").check();
  await page.getByRole("button", { name: "메모 남기기" }).click();
  await expect(main(page)).toContainText("메모가 비어 있습니다");
  await expect(page).toHaveURL("/admin/recovery?status=PENDING&cause=confirm");
  expect(await balanceOf(request, who)).toBeLessThan(50_000);
});
