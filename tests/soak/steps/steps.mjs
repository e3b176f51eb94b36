// Every step that a plan can name, and the course of one flow.
import { GaveUp, Over } from "../client.mjs";
import { areq, creq, lastPage } from "./directory.mjs";
import {
  cancel,
  code,
  malformed,
  older,
  present,
  resend,
  resendTooSoon,
  right,
  rightAgain,
  storm,
  wait,
  wrong,
} from "./form.mjs";
import { card, changeDestination, enroll, erase, register } from "./issuer.mjs";
import { cancelByMerchant, create, createAgain, read, redeem, redeemAtOnce } from "./merchant.mjs";
import { receipts } from "./receipts.mjs";

/**
 * @typedef {import("../client.mjs").Context} Context
 * @typedef {import("../plan.mjs").Step} Step
 * @typedef {import("../plan-faults.mjs").WorldFault} WorldFault
 */

/** @type {Record<string, (context: Context, step: Step) => Promise<unknown>>} */
export const steps = {
  register,
  enroll,
  "change-destination": changeDestination,
  erase,
  card,
  create: (context) => create(context),
  "create-again": createAgain,
  read,
  "cancel-by-merchant": cancelByMerchant,
  redeem,
  "redeem-at-once": redeemAtOnce,
  present,
  code,
  resend,
  "resend-too-soon": resendTooSoon,
  right,
  "right-again": rightAgain,
  older,
  wrong,
  malformed,
  storm,
  cancel,
  wait,
  receipts,
  areq: (context) => areq(context),
  creq,
  "last-page": lastPage,
};

/**
 * Goes through a flow, with what happens to the world meanwhile.
 * @param {Context} context
 * @param {WorldFault[]} faults those at its steps
 * @returns {Promise<boolean>} whether it came to its end; not if the Worker did not answer for long
 */
export async function course(context, faults) {
  const { flow, world } = context;
  for (const [index, step] of flow.steps.entries()) {
    const now = faults.filter((fault) => fault.step === index);
    for (const fault of now.filter(({ when }) => when !== "inside")) {
      context.note(`[${fault.what} ${fault.seconds ?? fault.mood ?? ""}]`);
      await world.happens(fault);
    }
    const inside = now
      .filter(({ when }) => when === "inside")
      .map((fault) => strike(context, fault));
    try {
      const act = steps[step.do];
      if (!act) throw new Error(`no step is called ${step.do}`);
      await act(context, step);
    } catch (error) {
      if (error instanceof Over) {
        context.note(`over: ${error.message}`);
        return true;
      }
      if (error instanceof GaveUp) {
        context.note(`gave up: ${error.message}`);
        return false;
      }
      throw error;
    } finally {
      await Promise.all(inside);
    }
    world.takeResults();
  }
  return true;
}

/** The Worker is killed while this step asks it. @param {Context} context @param {WorldFault} fault */
async function strike({ world, note }, fault) {
  await new Promise((resolve) => setTimeout(resolve, fault.after));
  note("[killed]");
  await world.happens(fault);
}
