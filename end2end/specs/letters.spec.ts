// People and their letters: registering, a forgotten password, closing an account, being kept out.
import { lettersTo, letterTo, linkIn, toFolder } from "../helpers/letters.ts";
import {
  buyNow, charge, enter, expectAccessible, expectNoSidewaysScroll, join, login, logout, pay, register, said, stranger,
} from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";
import { foreignWords } from "../helpers/words.ts";

test.use({ settings: { ...toFolder, ORDER_LIMIT: "off" } });

test("who registers says their age and is welcomed by a letter", { tag: "@phone" }, async ({ page, shop }) => {
  const who = stranger("김<b>담다");
  await page.goto("/register");
  await page.getByLabel("이름").fill(who.name);
  await page.getByLabel("이메일").fill(who.email);
  await page.getByLabel("비밀번호").fill(who.password);
  const age = page.getByLabel("만 14세 이상입니다");
  await expect(age).not.toBeChecked();
  // A browser does not even send the form; one that does is told.
  await page.getByRole("button", { name: "가입하기" }).click();
  await expect(page).toHaveURL("/register");
  const unsaid = await page.request.post("/fn/register", { form: { ...who }, maxRedirects: 0 });
  expect(unsaid.headers()["location"]).toBe("/register?next=%2F");
  await page.goto("/register");
  await expect(age).toHaveAccessibleDescription(/만 14세 이상만 가입할 수 있습니다/);
  await expect(page.getByLabel("이메일")).toHaveValue(who.email);

  await join(page, who);
  await expect(said(page, "status")).toContainText("가입을 환영합니다");
  const letter = await letterTo(shop, who.email, "가입을 환영합니다");
  expect(letter.text).toContain("김<b>담다 님");
  expect(letter.html).not.toContain("<b>");
  linkIn(shop, letter, "/products");
});

test("an order is confirmed by a letter in the buyer's language", async ({ page, shop }) => {
  const who = await register(page);
  await page.goto("/account");
  await page.getByRole("main").getByRole("button", { name: "English" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await page.getByRole("main").getByRole("button", { name: "한국어" }).click();
  await charge(page, 50_000);
  await buyNow(page, "느린 아침의 기록", 2);
  await pay(page);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();
  const letter = await letterTo(shop, who.email, "주문을 마쳤습니다: 느린 아침의 기록");
  const link = linkIn(shop, letter, "/orders/");
  await page.goto(link);
  await expect(page.getByRole("heading", { level: 1, name: "주문을 마쳤습니다" })).toBeVisible();

  await page.goto("/account");
  await page.getByRole("main").getByRole("button", { name: "English" }).click();
  await page.goto("/products/1");
  await page.getByRole("button", { name: "Buy now" }).click();
  await page.getByRole("checkbox", { name: /agree to be provided/ }).check();
  await page.getByRole("button", { name: /^Pay / }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Your order is complete" })).toBeVisible();
  const english = await letterTo(shop, who.email, "Your order is complete");
  expect(english.text).toContain("View the order");
});

test("a forgotten password is replaced by a link, once", { tag: "@phone" }, async ({ page, shop, newVisitor }) => {
  const who = await register(page);
  const elsewhere = await newVisitor();
  await login(elsewhere, who);
  await logout(page);
  await page.goto("/login");
  await page.getByRole("link", { name: "비밀번호를 잊으셨나요?" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "비밀번호 찾기" })).toBeVisible();
  await page.getByLabel("이메일").fill(stranger().email);
  await page.getByRole("button", { name: "링크 받기" }).click();
  const unknown = await said(page, "status").textContent();
  await page.getByLabel("이메일").fill(who.email.toUpperCase());
  await page.getByRole("button", { name: "링크 받기" }).click();
  await expect(said(page, "status")).toHaveText(unknown ?? "");

  const letter = await letterTo(shop, who.email, "새 비밀번호를 정하는 링크");
  const link = linkIn(shop, letter, "/reset-password?token=");
  await page.goto(link);
  await page.getByLabel("새 비밀번호").fill("short");
  await page.getByRole("button", { name: "이 비밀번호로 바꾸기" }).click();
  await expect(page.getByLabel("새 비밀번호")).toHaveAccessibleDescription("비밀번호는 8자 이상이어야 합니다.");
  await page.getByLabel("새 비밀번호").fill("a-better-password");
  await page.getByRole("button", { name: "이 비밀번호로 바꾸기" }).click();
  await expect(page).toHaveURL("/login");
  await expect(said(page, "status")).toContainText("새 비밀번호를 정했습니다");
  await elsewhere.goto("/wallet");
  await expect(elsewhere).toHaveURL("/login?next=%2Fwallet");
  await enter(page, { ...who, password: "a-better-password" });
  await expect(page).toHaveURL("/");
  await letterTo(shop, who.email, "비밀번호가 바뀌었습니다");

  await page.goto(link);
  await expect(page.getByRole("main")).toContainText("이미 쓴 링크입니다");
  await page.getByRole("link", { name: "새 링크 받기" }).click();
  await expect(page).toHaveURL("/forgot-password");
});

test("an account is closed with its balance given up knowingly, and its e-mail is free", { tag: "@phone" }, async ({ page, shop }) => {
  const who = await register(page);
  await charge(page, 5_000);
  await page.goto("/account");
  await page.getByRole("main").getByRole("link", { name: "탈퇴하기" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "회원 탈퇴" })).toBeVisible();
  await expect(page.getByRole("main")).toContainText("지갑에 ₩5,000이 남아 있습니다");
  await page.getByLabel("잔액 ₩5,000을 포기합니다").check();
  await page.getByLabel("지금 비밀번호").fill("not-the-password");
  await page.getByRole("button", { name: "탈퇴하기" }).click();
  await expect(page.getByLabel("지금 비밀번호")).toHaveAccessibleDescription("지금 비밀번호가 맞지 않습니다.");
  await page.getByLabel("잔액 ₩5,000을 포기합니다").check();
  await page.getByLabel("지금 비밀번호").fill(who.password);
  await page.getByRole("button", { name: "탈퇴하기" }).click();
  await expect(page).toHaveURL("/");
  await expect(said(page, "status")).toContainText("탈퇴했습니다");
  await shop.verify();

  await page.goto("/login");
  await enter(page, who);
  await expect(said(page, "alert")).toContainText("이메일이나 비밀번호가 맞지 않습니다");
  await register(page, who);
  await page.goto("/wallet");
  await expect(page.getByRole("main").getByText("₩0", { exact: true })).toBeVisible();
});

test("a frozen person reads why, and only with the right password", { tag: "@nojs" }, async ({ page, shop }) => {
  const who = await register(page);
  expect(await shop.damda("user", "freeze", who.email)).toContain("is frozen");
  await expect(async () => {
    await page.goto("/wallet");
    await expect(page).toHaveURL("/login?next=%2Fwallet", { timeout: 500 });
  }).toPass({ timeout: 6_000 });
  await enter(page, { ...who, password: "not-the-password" });
  await expect(said(page, "alert")).toContainText("이메일이나 비밀번호가 맞지 않습니다");
  await enter(page, who);
  await expect(said(page, "alert")).toContainText("이 계정은 지금 쓸 수 없습니다");
  await shop.damda("user", "unfreeze", who.email);
  await enter(page, who);
  await expect(page).toHaveURL("/wallet");
});

test("a private page says why one is at the login, and a page of one's own choice does not", async ({ page }) => {
  await page.goto("/orders");
  await expect(page.getByRole("main")).toContainText("먼저 로그인해 주세요");
  await page.goto("/login");
  await expect(page.getByRole("main")).not.toContainText("먼저 로그인해 주세요");
});

test("a person is renamed, and both languages are kept with the account", async ({ page, newVisitor }) => {
  const who = await register(page);
  await page.goto("/account");
  await page.getByLabel("이름").fill("");
  await page.getByLabel("이름").fill("이새이름");
  await page.getByRole("button", { name: "이름 바꾸기" }).click();
  await expect(said(page, "status")).toContainText("이름을 바꿨습니다");
  const elsewhere = await newVisitor();
  await login(elsewhere, who);
  await elsewhere.goto("/account");
  await expect(elsewhere.getByLabel("이름")).toHaveValue("이새이름");
});

test("every page of people's is sound for everybody", { tag: ["@js", "@phone"] }, async ({ page, shop }) => {
  test.setTimeout(120_000);
  const who = await register(page);
  await charge(page, 1_000);
  await page.request.post("/fn/forgot_password", { form: { email: who.email } });
  const link = linkIn(shop, await letterTo(shop, who.email, "새 비밀번호를 정하는 링크"), "/reset-password?token=");
  const paths = ["/login", "/login?next=%2Fwallet", "/register", "/forgot-password", link, "/reset-password?token=x", "/account", "/account/close"];
  for (const lang of ["ko", "en"] as const) {
    await page.context().addCookies([{ name: "lang", value: lang, url: shop.url }]);
    for (const path of paths) {
      await page.emulateMedia({ colorScheme: "light" });
      await page.goto(path);
      await expectAccessible(page);
      await expectNoSidewaysScroll(page);
      expect(await foreignWords(page, lang), `${path} in ${lang}`).toEqual([]);
      await page.emulateMedia({ colorScheme: "dark" });
      await expectAccessible(page, "colours");
    }
  }
});

test("the letters of nobody else are in the folder", { tag: "@nojs" }, async ({ shop }) => {
  expect(await lettersTo(shop, stranger().email)).toEqual([]);
  const folder = await shop.damda("mail", "test", "kim@example.com", "--lang", "en");
  expect(folder).toContain("the folder letters");
  expect((await letterTo(shop, "kim@example.com", "A test mail")).text).toContain("mail settings are right");
});
