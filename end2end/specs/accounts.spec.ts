// Accounts: getting in, being turned away, coming back to where one was, and the choices of the footer.
import { charge, enter, join, login, logout, member, register, said, stranger } from "../helpers/people.ts";
import { expect, test } from "../helpers/test.ts";

test("a wrong password is said, the e-mail is kept and the password is not", { tag: "@phone" }, async ({ page, shop }) => {
  await page.goto("/login");
  await enter(page, { email: shop.shopper.email, password: "not-the-password" });
  await expect(page).toHaveURL(/\/login/);
  await expect(said(page, "alert")).toContainText("이메일이나 비밀번호가 맞지 않습니다");
  await expect(page.getByLabel("이메일")).toHaveValue(shop.shopper.email);
  await expect(page.getByLabel("비밀번호")).toHaveValue("");
  await page.getByLabel("비밀번호").fill(shop.shopper.password);
  await page.getByRole("button", { name: "로그인" }).click();
  await expect(page.getByRole("link", { name: "내 정보" })).toBeVisible();
});

test("an unknown e-mail is refused with the same words as a wrong password", { tag: "@nojs" }, async ({ page }) => {
  await page.goto("/login");
  await enter(page, stranger());
  await expect(said(page, "alert")).toContainText("이메일이나 비밀번호가 맞지 않습니다");
});

test("an e-mail that is taken is said beside it, with the way to log in", { tag: "@phone" }, async ({ page, shop }) => {
  await page.goto("/register");
  await join(page, { ...stranger("홍길동"), email: shop.shopper.email });
  await expect(page).toHaveURL(/\/register/);
  await expect(page.getByLabel("이메일")).toHaveAttribute("aria-invalid", "true");
  await expect(page.getByLabel("이메일")).toHaveAccessibleDescription(/이미 가입한 이메일입니다/);
  await expect(page.getByRole("main").getByRole("link", { name: "로그인하기" })).toHaveAttribute("href", /^\/login/);
  await expect(page.getByLabel("이메일")).toHaveValue(shop.shopper.email);
  await expect(page.getByLabel("이름")).toHaveValue("홍길동");
  await expect(page.getByLabel("비밀번호")).toHaveValue("");
});

test("a registration that cannot be is said field by field, and nothing is lost but the password", async ({ page }) => {
  await page.goto("/register");
  const who = stranger("홍길동");
  await join(page, { ...who, password: "short" });
  await expect(page.getByLabel("비밀번호")).toHaveAccessibleDescription("비밀번호는 8자 이상이어야 합니다.");
  await expect(page.getByLabel("비밀번호")).toHaveValue("");
  await expect(page.getByLabel("이메일")).toHaveValue(who.email);
  await expect(page.getByLabel("이름")).toHaveValue("홍길동");

  await join(page, { ...who, password: "가".repeat(129) });
  await expect(page.getByLabel("비밀번호")).toHaveAccessibleDescription("비밀번호는 128자까지 쓸 수 있습니다.");
  // A browser lets this one through; the shop does not.
  await join(page, { ...who, email: "a@b" });
  await expect(page.getByLabel("이메일")).toHaveAccessibleDescription(/name@example\.com/);
  await join(page, { ...who, name: "가".repeat(101) });
  await expect(page.getByLabel("이름")).toHaveAttribute("aria-invalid", "true");
  await join(page, who);
  await expect(said(page, "status")).toContainText("가입을 환영합니다");
});

test("names are shown as they were typed, whatever they hold", { tag: "@js" }, async ({ page }) => {
  const name = `<img src=x onerror="alert(1)"> & 'O’Hara' 👩‍💻`;
  await register(page, stranger(name));
  await page.goto("/account");
  await expect(page.getByLabel("이름")).toHaveValue(name);
});

const PRIVATE = ["/checkout", "/checkout?items=1%3A2&coupon=WELCOME10", "/orders", "/orders/01890000-0000-7000-8000-000000000000", "/wallet", "/account", "/admin"];

test("private pages send a stranger to log in", { tag: "@nojs" }, async ({ page }) => {
  for (const path of PRIVATE) {
    await page.goto(path);
    await expect(page, path).toHaveURL(`/login?${new URLSearchParams({ next: path })}`);
  }
});

test("after logging in a stranger is where they wanted to be", { tag: "@phone" }, async ({ page, shop }) => {
  for (const path of ["/wallet", "/checkout?items=1%3A2", "/orders"]) {
    await page.goto(path);
    await enter(page, shop.shopper);
    await expect(page).toHaveURL(path);
    await logout(page);
  }
});

test("who registers instead is also led to where they wanted to be", async ({ page }) => {
  await page.goto("/wallet");
  await page.getByRole("main").getByRole("link", { name: "회원 가입" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "회원 가입" })).toBeVisible();
  await join(page, stranger());
  await expect(page).toHaveURL("/wallet");
});

test("a wrong password does not forget where one wanted to be", { tag: "@nojs" }, async ({ page, shop }) => {
  await page.goto("/wallet");
  await enter(page, { ...shop.shopper, password: "not-the-password" });
  await enter(page, shop.shopper);
  await expect(page).toHaveURL("/wallet");
});

test("no way back leads out of the shop", { tag: "@nojs" }, async ({ page, shop }) => {
  for (const next of ["//evil.example", "/\\evil.example", "https://evil.example/", "javascript:alert(1)", "/\t/evil.example", "\\\\evil.example", "/fn/logout", "/%5Cevil.example", "/%2Fevil.example", "https:evil.example", "///evil.example"]) {
    await page.goto(`/login?${new URLSearchParams({ next })}`);
    await enter(page, shop.shopper);
    await expect(page, next).toHaveURL("/");
    // Nor does a form that was tampered with.
    const answer = await page.request.post("/fn/login", { form: { ...shop.shopper, next }, maxRedirects: 0 });
    expect(answer.headers()["location"], next).toBe("/");
    await page.goto("/");
    await logout(page);
  }
});

test("a changed password ends every other session", async ({ page, newVisitor }) => {
  const who = await register(page);
  const elsewhere = await newVisitor();
  await login(elsewhere, who);
  await elsewhere.goto("/wallet");
  await expect(elsewhere).toHaveURL("/wallet");

  await page.goto("/account");
  await page.getByLabel("지금 비밀번호").fill("not-the-password");
  await page.getByLabel("새 비밀번호").fill("another-good-one");
  await page.getByRole("button", { name: "비밀번호 바꾸기" }).click();
  await expect(page.getByLabel("지금 비밀번호")).toHaveAccessibleDescription("지금 비밀번호가 맞지 않습니다.");
  await page.getByLabel("지금 비밀번호").fill(who.password);
  await page.getByLabel("새 비밀번호").fill("short");
  await page.getByRole("button", { name: "비밀번호 바꾸기" }).click();
  await expect(page.getByLabel("새 비밀번호")).toHaveAccessibleDescription("비밀번호는 8자 이상이어야 합니다.");
  await elsewhere.reload();
  await expect(elsewhere).toHaveURL("/wallet");

  await page.getByLabel("지금 비밀번호").fill(who.password);
  await page.getByLabel("새 비밀번호").fill("another-good-one");
  await page.getByRole("button", { name: "비밀번호 바꾸기" }).click();
  await expect(said(page, "status")).toContainText("비밀번호를 바꿨습니다");
  await page.goto("/wallet");
  await expect(page).toHaveURL("/wallet");
  await elsewhere.reload();
  await expect(elsewhere).toHaveURL("/login?next=%2Fwallet");
  await enter(elsewhere, who);
  await expect(said(elsewhere, "alert")).toContainText("이메일이나 비밀번호가 맞지 않습니다");
  await enter(elsewhere, { ...who, password: "another-good-one" });
  await expect(elsewhere).toHaveURL("/wallet");
});

test("a logout ends the session, not only the cookie", { tag: "@nojs" }, async ({ page, context }) => {
  await register(page);
  const kept = await context.cookies();
  await logout(page);
  await context.clearCookies();
  await context.addCookies(kept);
  await page.goto("/wallet");
  await expect(page).toHaveURL(/\/login/);
});

test("a login gives a session of its own, so that a planted one is worth nothing", { tag: "@nojs" }, async ({ page, context, shop }) => {
  const planted = { name: "damda", value: "AAAAAAAAAAAAAAAAAAAAAA", url: shop.url };
  await context.addCookies([planted]);
  await login(page, shop.shopper);
  const session = (await context.cookies()).find((cookie) => cookie.name === planted.name);
  expect(session?.value).not.toBe(planted.value);
  expect(session?.httpOnly).toBe(true);
  expect(session?.sameSite).toBe("Lax");
});

test("the language is chosen in the footer and kept, on the same page", { tag: "@phone" }, async ({ page }) => {
  await page.goto("/products?category=font&sort=price_asc");
  const footer = page.getByRole("contentinfo");
  await footer.getByRole("button", { name: "English" }).click();
  await expect(page).toHaveURL("/products?category=font&sort=price_asc");
  await expect(page.locator("html")).toHaveAttribute("lang", "en");
  await expect(page.getByRole("heading", { level: 1 })).toHaveText("Fonts");
  await page.goto("/login");
  await expect(page.getByRole("button", { name: "Log in" })).toBeVisible();
  await expect(footer.getByRole("button", { name: "English" })).toHaveAttribute("aria-pressed", "true");
  await footer.getByRole("button", { name: "한국어" }).click();
  await expect(page.locator("html")).toHaveAttribute("lang", "ko");
});

test("without a choice the browser's language counts, and Korean when it is neither", { tag: "@nojs" }, async ({ browser }) => {
  for (const [locale, lang] of [["en-US", "en"], ["ko-KR", "ko"], ["fr-FR", "ko"]] as const) {
    const context = await browser.newContext({ locale });
    const page = await context.newPage();
    await page.goto("/");
    await expect(page.locator("html"), locale).toHaveAttribute("lang", lang);
    await context.close();
  }
});

test("the brightness is chosen in the footer and kept", async ({ page }) => {
  const paper = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: "light" });
  await page.goto("/");
  const [light, footer] = [await paper(), page.getByRole("contentinfo")];
  await footer.getByRole("button", { name: "어둡게" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "dark");
  await page.goto("/coupons");
  const dark = await paper();
  expect(dark).not.toBe(light);
  await footer.getByRole("button", { name: "자동" }).click();
  await expect(footer.getByRole("button", { name: "자동" })).toHaveAttribute("aria-pressed", "true");
  await expect.poll(paper).toBe(light);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect.poll(paper).toBe(dark);
  await footer.getByRole("button", { name: "밝게" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-theme", "light");
  await expect.poll(paper).toBe(light);
});

test("the console is for operators; to a shopper it does not exist", async ({ page, shop, newVisitor, watch }) => {
  await page.goto("/admin");
  await expect(page).toHaveURL("/login?next=%2Fadmin");
  await enter(page, shop.operator);
  await expect(page).toHaveURL("/admin");
  await expect(page.getByRole("heading", { level: 1, name: "상점 관리" })).toBeVisible();
  await page.goto("/account");
  await page.getByRole("main").getByRole("link", { name: "상점 관리" }).click();
  await expect(page).toHaveURL("/admin");

  const shopper = await newVisitor();
  await login(shopper, shop.shopper);
  watch.expectStatus(404, "/admin");
  const answer = await shopper.goto("/admin");
  expect(answer?.status()).toBe(404);
  await expect(shopper.getByRole("heading", { level: 1, name: "찾으시는 페이지가 없습니다" })).toBeVisible();
  await shopper.goto("/account");
  await expect(shopper.getByRole("link", { name: "상점 관리" })).toHaveCount(0);
});

test("a cart outlives logging in and out", async ({ page }) => {
  await page.goto("/products/1");
  await page.getByRole("button", { name: "담기" }).click();
  await register(page);
  await expect(page.getByRole("link", { name: "장바구니, 1개 담김" })).toBeVisible();
  await charge(page, 1_000);
  await logout(page);
  await expect(page.getByRole("link", { name: "장바구니, 1개 담김" })).toBeVisible();
});

test("another shopper's things are nobody's business", { tag: "@nojs" }, async ({ page, request }) => {
  const who = await member(request);
  await login(page, who);
  await page.goto("/wallet");
  await expect(page.getByRole("main").getByText("₩0", { exact: true })).toBeVisible();
  await page.goto("/orders");
  await expect(page.getByRole("heading", { name: "아직 주문이 없습니다" })).toBeVisible();
});
