// An operator gives one piece of an order back, the shopper reads so, and "where did my money go?" has an answer.
import { balanceOf, chargeMember, enter, login, member, productNamed } from "../helpers/people.ts";
import { expect, type Page, test } from "../helpers/test.ts";
import { randomUUID } from "node:crypto";

test.use({ settings: { ORDER_LIMIT: "off" } });

const main = (page: Page) => page.getByRole("main");

test("an operator gives one of two pieces back, and the shopper sees it on the order and in the wallet", { tag: "@phone" }, async ({ page, request, shop, newVisitor }) => {
  const who = await member(request);
  await chargeMember(request, who, 50_000);
  const goods = await productNamed(request, "밤 버스");
  const answer = await request.post("/api/v1/orders", {
    data: { items: [{ product_id: goods.id, quantity: 2 }] },
    headers: { Authorization: `Bearer ${who.token}`, "Idempotency-Key": randomUUID() },
  });
  expect(answer.status(), await answer.text()).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  const paid = await balanceOf(request, who);

  await login(page, shop.operator);
  await page.goto(`/admin/orders/${id}`);
  await page.getByLabel("밤 버스").selectOption({ index: 1 });
  await page.getByLabel("까닭").fill("파일이 열리지 않음");
  await page.getByRole("button", { name: "고른 것만 환불하기" }).click();
  await expect(page.getByRole("status")).toContainText("환불했습니다");
  await expect(main(page)).toContainText("밤 버스 × 1");
  await expect(main(page)).toContainText("파일이 열리지 않음");
  expect(await balanceOf(request, who)).toBe(paid + goods.price);

  const theirs = await newVisitor();
  await theirs.goto(`/login?next=/orders/${id}`);
  await enter(theirs, who);
  await expect(theirs).toHaveURL(`/orders/${id}`);
  await expect(main(theirs)).toContainText("일부를 환불했습니다");
  await theirs.goto("/wallet");
  await expect(main(theirs).getByRole("listitem").first()).toContainText("환불");
});

test("an operator silences an alert for a day, and tells of it again", async ({ page, shop }) => {
  await login(page, shop.operator);
  await page.goto("/admin/alerts");
  const row = main(page).getByRole("listitem").filter({ hasText: "결제 실패" });
  await row.getByText("알리지 않기").first().click();
  await page.getByLabel("‘결제 실패’ 알리지 않는 시간").selectOption("24");
  await page.getByLabel("‘결제 실패’ 알리지 않는 까닭").fill("새 데이터베이스로 옮기는 중");
  await row.getByRole("button", { name: "‘결제 실패’ 알리지 않기" }).click();
  await expect(row).toContainText("새 데이터베이스로 옮기는 중");
  await row.getByRole("button").click();
  await expect(row).not.toContainText("새 데이터베이스로 옮기는 중");
  await row.getByRole("link").click();
  await expect(page).toHaveURL("/runbooks/payment-failures");
});
