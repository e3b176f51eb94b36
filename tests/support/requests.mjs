// The bodies that merchants and the issuer send as JSON: their schema in docs/openapi.yaml, the source
// that reads their fields, and the guide that has a table of the fields, if one has.

/** @typedef {Record<string, { type?: string, properties?: Properties }>} Properties */

const merchantGuide = "docs/merchant/README.md";

/** @type {{ schema: string, handler: string, guide?: string }[]} */
export const requests = [
  { schema: "CreateChallenge", handler: "worker/src/routes/challenges.rs", guide: merchantGuide },
  { schema: "Siteverify", handler: "worker/src/routes/siteverify.rs", guide: merchantGuide },
  {
    schema: "RegisterCardholder",
    handler: "worker/src/routes/cardholders/registration.rs",
    guide: "docs/issuer/api.md",
  },
  { schema: "RegisterMerchant", handler: "worker/src/routes/merchants.rs" },
  { schema: "RegisterEventEndpoint", handler: "worker/src/routes/endpoints.rs" },
  {
    schema: "CreateEnrollmentSession",
    handler: "worker/src/routes/enrollment/start.rs",
    guide: "docs/issuer/enrollment.md",
  },
];

/**
 * The fields of a schema that hold no fields of their own, such as `transaction.amount`.
 * @param {Properties} properties
 * @param {string} [within]
 * @returns {string[]}
 */
export const leaves = (properties, within = "") =>
  Object.entries(properties).flatMap(([name, schema]) =>
    schema.properties ? leaves(schema.properties, `${within}${name}.`) : [`${within}${name}`],
  );
