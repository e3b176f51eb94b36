// The operations of Warifu's flow on its bindings, in plain JavaScript, and nothing else: no rule, no
// cryptography, no page. What is written is as long as what Warifu writes. Each request does what
// docs/walkthroughs.md says of Create, Present, Deliver, Verify and Redeem, for an address that gets a
// code by mail and a cardholder who is new to the merchant.
import { WorkerEntrypoint } from "cloudflare:workers";

/** How long the texts of Warifu are in such a flow, in characters. */
const lengths = {
  record: 346,
  keyOwner: 74,
  merchant: 52,
  endpoint: 137,
  line: 260,
  command: 130,
  reply: 150,
  message: 549,
  event: 301,
  created: 317,
  form: 7619,
  verified: 630,
  redeemed: 246,
};

/** How long the state of a cardholder is after each decision. */
const states = {
  registered: 166,
  opened: 319,
  shown: 394,
  sent: 403,
  verified: 534,
  redeemed: 550,
};
/** The same once the event was taken over. */
const settled = 466;

/** A merchant's object knows a thousand cardholders at most; a create that is under way is noted too. */
const acquainted = { under: 31, after: -3, most: 28_008 };

const hour = 3_600_000;
const text = (/** @type {number} */ length) => "x".repeat(length);

/**
 * What an object is asked to do. It reads its one value first, as Warifu's objects do.
 * @typedef {object} Command
 * @property {number} [put] the length of the value that it writes
 * @property {number} [grow] how much longer the value becomes, up to `most`
 * @property {number} [most]
 * @property {number} [alarm] in how many milliseconds it is woken
 * @property {boolean} [firstAlarm] only when nothing was stored before
 * @property {boolean} [clear] deletes everything
 */

export default class Floor extends WorkerEntrypoint {
  /** @param {Request} request */
  async fetch(request) {
    const [, step, who] = new URL(request.url).pathname.split("/");
    switch (step) {
      case "create":
        await request.text();
        return this.create(who);
      case "show":
        return this.show(who);
      case "verify":
        await request.text();
        return this.verify(who);
      case "redeem":
        await request.text();
        return this.redeem(who);
      case "register":
        await this.ask("CARDHOLDERS", who, { put: states.registered });
        return new Response("ok");
      case "merchant":
        await this.env.WARIFU.put("key:shop", text(lengths.keyOwner));
        await this.env.WARIFU.put("merchant:shop", text(lengths.merchant));
        await this.env.WARIFU.put("events-of:shop", text(lengths.endpoint));
        return new Response("ok");
      default:
        return new Response("ok");
    }
  }

  /** @param {string} who */
  async create(who) {
    await this.merchant();
    const { under, after, most } = acquainted;
    const beside = { grow: under, most: most + under, alarm: hour, firstAlarm: true };
    await this.ask("MERCHANTS", "shop", beside);
    await this.ask("CARDHOLDERS", who, { put: states.opened, ...this.alarmIn(hour) });
    await this.ask("MERCHANTS", "shop", { grow: after, most });
    const options = { expirationTtl: 88_200 };
    await this.env.WARIFU.put(`challenge:${who}`, text(lengths.record), options);
    return new Response(text(lengths.created), { status: 201 });
  }

  /** @param {string} who */
  async show(who) {
    await this.env.FORM_RATE.limit({ key: who });
    await this.env.WARIFU.get(`challenge:${who}`);
    await this.ask("CARDHOLDERS", who, { put: states.shown });
    await this.ask("DESTINATIONS", who, { put: 71, alarm: 24 * hour, firstAlarm: true });
    this.ctx.waitUntil(this.deliver(who));
    return new Response(text(lengths.form));
  }

  /** @param {string} who */
  async deliver(who) {
    const data = { to: `${who}@mail.jp`, text: text(lengths.message) };
    const body = JSON.stringify({ type: "message.send", data });
    await (await fetch(this.env.GATEWAY, { method: "POST", body })).text();
    this.log();
    await this.ask("CARDHOLDERS", who, { put: states.sent });
  }

  /** @param {string} who */
  async verify(who) {
    await this.env.FORM_RATE.limit({ key: who });
    await this.env.WARIFU.get(`challenge:${who}`);
    await this.ask("CARDHOLDERS", who, { put: states.verified, ...this.alarmIn(0) });
    this.log();
    this.ctx.waitUntil(this.ask("DESTINATIONS", who, { clear: true }));
    return new Response(text(lengths.verified));
  }

  /** @param {string} who */
  async redeem(who) {
    await this.merchant();
    await this.env.WARIFU.get(`challenge:${who}`);
    await this.ask("CARDHOLDERS", who, { put: states.redeemed });
    return new Response(text(lengths.redeemed));
  }

  /** Who calls with a merchant's key. */
  async merchant() {
    await this.env.WARIFU.get("key:shop");
    await this.env.WARIFU.get("merchant:shop");
    await this.env.MERCHANT_RATE.limit({ key: "shop" });
  }

  /** Where events are told, the object is woken for them. @param {number} alarm */
  alarmIn(alarm) {
    return this.env.EVENTS ? { alarm } : {};
  }

  /** Has a line of the log written by the entrypoint below, after the answer. */
  log() {
    this.ctx.waitUntil(this.ctx.exports.LogWriter.write(text(lengths.line)));
  }

  /**
   * @param {string} name of the class's binding
   * @param {string} who
   * @param {Command} command
   */
  async ask(name, who, command) {
    const objects = this.env[name];
    const body = JSON.stringify(command).padEnd(lengths.command);
    const init = { method: "POST", body, headers: { "request-id": "0123456789abcdef" } };
    return (await objects.getByName(who).fetch("https://object/", init)).text();
  }

  /** @param {{ messages: { body: string, ack: () => void }[] }} batch */
  async queue({ messages }) {
    for (const { body: who } of messages) {
      await this.env.WARIFU.get(`challenge:${who}`);
      await this.env.WARIFU.get("events-of:shop");
      await this.ask("CARDHOLDERS", who, {});
      const body = text(lengths.event);
      await (await fetch("https://shop.example/events", { method: "POST", body })).text();
      await this.ask("CARDHOLDERS", who, { put: settled, alarm: 24 * hour });
    }
  }
}

export class LogWriter extends WorkerEntrypoint {
  /** @param {string} line */
  write(line) {
    console.log(line);
  }
}

/** An object with one value. */
export class Kept {
  /** @param {any} state @param {any} env */
  constructor(state, env) {
    this.state = state;
    this.storage = state.storage;
    this.env = env;
  }

  /** @param {Request} request */
  async fetch(request) {
    const { put, grow, most = 0, alarm, firstAlarm, clear } = JSON.parse(await request.text());
    const stored = await this.storage.get("value");
    if (clear) await this.storage.deleteAll();
    const length = put ?? (grow && Math.min((stored?.length ?? 0) + grow, most));
    await Promise.all([
      length && this.storage.put("value", text(length)),
      alarm !== undefined && !(firstAlarm && stored) && this.storage.setAlarm(Date.now() + alarm),
    ]);
    return new Response(text(lengths.reply));
  }

  /** Hands an event out. */
  async alarm() {
    await this.storage.get("value");
    await Promise.all([
      this.storage.put("value", text(states.verified)),
      this.storage.setAlarm(Date.now() + 60_000),
    ]);
    await this.env.EVENTS.send(this.state.id.name);
  }
}
