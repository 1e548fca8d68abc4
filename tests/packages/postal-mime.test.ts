// postal-mime: messages with charsets, attachments, nested parts, from every kind of input.
import PostalMime, { addressParser, decodeWords } from "postal-mime";
import { assert, test } from "../web/harness.ts";

const lines = (...parts: string[]) => parts.join("\r\n");

const message = lines(
  "From: =?utf-8?B?w4RkYSBMw7Z2ZWxhY2U=?= <ada@example.com>",
  'To: Team: Bob <bob@example.com>, carol@example.com;, "Dave, D." <dave@example.com>',
  "Subject: =?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?Q?_=F0=9F=98=80?=",
  "Date: Fri, 02 Jan 2026 03:04:05 +0100",
  "Message-ID: <1@example.com>",
  'Content-Type: multipart/mixed; boundary="outer"',
  "",
  "--outer",
  'Content-Type: multipart/alternative; boundary="inner"',
  "",
  "--inner",
  "Content-Type: text/plain; charset=windows-1251",
  "Content-Transfer-Encoding: quoted-printable",
  "",
  "=CF=F0=E8=E2=E5=F2",
  "--inner",
  "Content-Type: text/html; charset=utf-8",
  "Content-Transfer-Encoding: 8bit",
  "",
  "<p>Grüße</p>",
  "--inner--",
  "--outer",
  "Content-Type: text/plain; charset=shift_jis; format=flowed",
  "Content-Disposition: attachment; filename*=utf-8''%C3%BC.txt",
  "Content-Transfer-Encoding: base64",
  "",
  "g2WDWINn",
  "--outer",
  "Content-Type: image/png",
  "Content-ID: <logo@example.com>",
  "Content-Disposition: inline",
  "Content-Transfer-Encoding: base64",
  "",
  "iVBORw0KGgo=",
  "--outer--",
  "",
);

test("postal-mime parses headers, addresses and encoded words", async () => {
  const email = await PostalMime.parse(message);
  assert.deepEqual(email.from, { address: "ada@example.com", name: "Äda Lövelace" } as never);
  assert.equal(email.subject, "Grüße 😀");
  assert.equal(email.date, "2026-01-02T02:04:05.000Z");
  assert.equal(email.messageId, "<1@example.com>");
  const [team, dave] = email.to as unknown as [
    { name: string; group: { address: string }[] },
    { name: string },
  ];
  assert.equal(team.name, "Team");
  assert.equal(team.group[1]!.address, "carol@example.com");
  assert.equal(dave.name, "Dave, D.");
});

test("postal-mime decodes the parts' charsets", async () => {
  const email = await PostalMime.parse(message);
  assert.ok(email.text!.startsWith("Привет"), email.text);
  assert.ok(email.html!.includes("<p>Grüße</p>"), email.html);
});

test("postal-mime gives attachments in the encoding asked for", async () => {
  const { attachments } = await PostalMime.parse(message);
  const [text, image] = attachments;
  assert.equal(text!.filename, "ü.txt");
  assert.equal(new TextDecoder("shift_jis").decode(text!.content as ArrayBuffer), "テスト");
  assert.equal(image!.mimeType, "image/png");
  assert.equal(image!.contentId, "<logo@example.com>");
  const encoded = await PostalMime.parse(message, { attachmentEncoding: "base64" });
  assert.equal(encoded.attachments[1]!.content, "iVBORw0KGgo=");
});

test("postal-mime takes strings, bytes, blobs and streams", async () => {
  const bytes = new TextEncoder().encode(message);
  const inputs = [bytes, bytes.buffer, new DataView(bytes.buffer), new Blob([bytes])];
  for (const input of [...inputs, new Blob([bytes]).stream(), new Response(bytes).body!]) {
    const email = await PostalMime.parse(input as never);
    assert.equal(email.attachments.length, 2);
    assert.equal(email.subject, "Grüße 😀");
  }
});

for (const [charset, encoded, expected] of [
  ["koi8-r", "8NLJ18XU", "Привет"],
  ["euc-kr", "vsiz5w==", "안녕"],
  ["gb18030", "xOO6ww==", "你好"],
  ["big5", "p0GmbjEy", "你好12"],
  ["euc-jp", "paal0aXI", "ウパト"],
  ["iso-2022-jp", "GyRCJEYbKEI=", "て"],
  ["utf-16le", "SAD8AA==", "Hü"],
] as const) {
  test(`postal-mime decodes ${charset}`, async () => {
    const head = `Content-Type: text/plain; charset=${charset}`;
    const email = await PostalMime.parse(
      lines(head, "Content-Transfer-Encoding: base64", "", encoded, ""),
    );
    assert.equal(email.text!.trim(), expected);
  });
}

test("postal-mime's helpers", () => {
  assert.equal(decodeWords("=?UTF-8?Q?a=C3=BC?="), "aü");
  assert.deepEqual(addressParser("Ada <ada@example.com>"), [
    { name: "Ada", address: "ada@example.com" },
  ] as never);
});

test("postal-mime parses messages within messages, within limits", async () => {
  const inner = lines("Subject: inner", "", "inner text");
  const outer = lines("Content-Type: message/rfc822", "Subject: outer", "", inner);
  const email = await PostalMime.parse(outer);
  assert.ok(email.text!.includes("inner text"), email.text);
  await assert.rejects(PostalMime.parse(`X: ${"y".repeat(2000)}\r\n\r\n`, { maxHeadersSize: 100 }));
});
