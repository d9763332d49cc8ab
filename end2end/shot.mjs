import { chromium } from "@playwright/test";
const base = process.env.BASE, out = process.env.OUT;
const [email, password] = process.env.LOGIN.split("/");
const b = await chromium.launch({ executablePath: "/usr/bin/chromium" });
for (const [w, name] of [[390, "phone"], [1280, "desk"]]) for (const scheme of ["light", "dark"]) {
  const c = await b.newContext({ viewport: { width: w, height: 900 }, colorScheme: scheme, baseURL: base, locale: "ko-KR" });
  const p = await c.newPage();
  await p.goto("/login"); await p.getByLabel("이메일").fill(email); await p.getByLabel("비밀번호").fill(password); await p.getByRole("button", { name: "로그인" }).click();
  await p.waitForURL(base + "/");
  for (const path of process.env.PATHS.split(",")) {
    await p.goto(path); await p.screenshot({ path: `${out}/${path.replaceAll("/", "_")}-${name}-${scheme}.png`, fullPage: true });
  }
  await c.close();
}
await b.close();
