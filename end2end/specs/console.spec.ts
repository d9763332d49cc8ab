// The console by its pages: an owner makes somebody an operator, who finds of it what their role may see, and the log
// says who did that.
import { login, register } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test("an owner makes somebody support, who sees just that much of the console, and the log tells it", async ({ page, shop, newVisitor, watch }) => {
  const helper = await newVisitor();
  const person = await register(helper);
  await login(page, shop.operator);
  await page.goto("/admin");
  await page.getByRole("link", { name: "운영자", exact: true }).click();
  await page.getByLabel("이메일").fill(person.email);
  await page.getByLabel("역할", { exact: true }).selectOption({ label: "상담원" });
  await page.getByRole("button", { name: "운영자로 정하기" }).click();
  await expect(page.getByRole("status")).toContainText("처리했습니다");
  await expect(page.getByLabel(`${person.name} 님의 역할`).last()).toHaveValue("support");

  // Another role ends what the old one was given.
  await helper.goto("/admin");
  await expect(helper).toHaveURL("/login?next=%2Fadmin");
  await login(helper, person);
  await helper.goto("/admin");
  await expect(helper.getByRole("link", { name: "한눈에" })).toBeVisible();
  await expect(helper.getByRole("link", { name: "작업 기록" })).toHaveCount(0);
  watch.expectStatus(403, "/admin/audit");
  expect((await helper.goto("/admin/audit"))?.status()).toBe(403);

  await page.getByRole("link", { name: "작업 기록" }).click();
  await page.getByLabel("한 일").selectOption({ label: "역할을 바꿈" });
  await page.getByRole("button", { name: "찾기", exact: true }).click();
  await expect(page.getByRole("row").nth(1)).toContainText("role: shopper → support");
});

test("nobody takes the last owner away, and the page says why", async ({ page, shop }) => {
  await login(page, shop.operator);
  await page.goto("/admin/operators");
  const row = page.getByRole("listitem").filter({ hasText: shop.operator.email });
  await row.getByRole("combobox").selectOption("none");
  await row.getByRole("button", { name: "바꾸기" }).click();
  await expect(page.getByText("먼저 다른 계정을 소유자로 정해 주세요")).toBeVisible();
  await expect(page.getByRole("listitem").filter({ hasText: shop.operator.email }).getByRole("combobox")).toHaveValue("owner");
});
