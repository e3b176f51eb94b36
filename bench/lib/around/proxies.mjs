// Objects of the platform with something of ours around them, for what is measured here and for the
// doubles of the tests. Runs inside workerd. The platform's methods want the platform's own object as
// `this`, and the Rust glue looks at the constructor's name: so these are proxies that call the
// original.

/** @typedef {(...args: any[]) => any} Method */

/**
 * A proxy of an object of the platform, some of whose methods are others.
 * @template {object} T
 * @param {T} target
 * @param {(name: string, method: Method) => Method | undefined} replace
 * @returns {T}
 */
export const around = (target, replace) =>
  new Proxy(target, {
    get(_, name) {
      const value = Reflect.get(target, name, target);
      if (typeof value !== "function" || name === "constructor") return value;
      const bound = value.bind(target);
      return typeof name === "string" ? (replace(name, bound) ?? bound) : bound;
    },
  });

/** What a stub has besides the methods of its object. */
export const ofStub = new Set(["id", "name", "connect", "dup", "then", "catch", "finally"]);

/**
 * The bindings of a Worker or an object, each of which is wrapped as it is asked for.
 * @param {Record<string, any>} env
 * @param {(value: any, kind: string, binding: string) => object | undefined} wrap gets a binding, the
 *   name of the platform's class and the binding's name
 */
export const boundBy = (env, wrap) =>
  new Proxy(env, {
    get(target, name) {
      const value = Reflect.get(target, name);
      if (value === null || typeof value !== "object" || typeof name !== "string") return value;
      return wrap(value, value.constructor?.name ?? "", name);
    },
  });
