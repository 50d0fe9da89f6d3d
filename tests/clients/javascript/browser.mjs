// Presses the button in a real browser, at the size of a phone and of a desktop.
//
//   node browser.mjs PAGE SCREENSHOTS   (BROWSER: the program, Debian's chromium otherwise)
//
// Prints, for each size, where the button is, what the page says before and after a press, and what went wrong.
import { chromium } from "playwright-core";

const [page_address, screenshots] = process.argv.slice(2);
const browser = await chromium.launch({ executablePath: process.env.BROWSER || "/usr/bin/chromium", args: ["--no-sandbox"] });
const sizes = {
  phone: { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true, deviceScaleFactor: 2 },
  desktop: { viewport: { width: 1280, height: 800 } },
  dark: { viewport: { width: 390, height: 844 }, colorScheme: "dark" },
};
const seen = {};
for (const [size, settings] of Object.entries(sizes)) {
  const context = await browser.newContext(settings);
  const page = await context.newPage();
  const problems = [];
  page.on("pageerror", error => problems.push(String(error)));
  page.on("console", message => { if (message.type() === "error") problems.push(message.text()); });
  page.on("requestfailed", request => problems.push(request.url()));
  await page.goto(page_address);
  const button = page.getByRole("button");
  const status = page.getByRole("status");
  const before = await status.textContent();
  await page.screenshot({ path: `${screenshots}/${size}-before.png` });
  const box = await button.boundingBox();
  const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth || document.documentElement.scrollHeight > innerHeight);
  if (settings.hasTouch) await button.tap();
  else await button.click();
  // The page's own policy forbids scripts that are not its own, so the waiting is done here.
  for (let tries = 0; tries < 300 && ["Starting …", before].includes(await status.textContent()); ++tries) {
    await page.waitForTimeout(100);
  }
  await page.screenshot({ path: `${screenshots}/${size}-after.png` });
  seen[size] = { title: await page.title(), before, after: await status.textContent(), box, overflow, problems,
                 enabled: await button.isEnabled() };
  await context.close();
}
await browser.close();
console.log(JSON.stringify(seen));
