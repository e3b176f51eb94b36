// The bill of materials, in CycloneDX 1.6. It has no time and no serial number, so that the same
// sources make the same bytes.
// CycloneDX' own library: it knows the format and its order.
import { Enums, Models, Serialize, Spec } from "@cyclonedx/cyclonedx-library";

/** @typedef {import("./crates.mjs").Package} Package */

const { ComponentType, HashAlgorithm } = Enums;
const { Component, LicenseExpression } = Models;

/**
 * @param {string} version
 * @param {import("../bom.mjs").Part[]} parts
 */
export function cyclonedx(version, parts) {
  /** @type {Map<string, Models.Component>} */
  const packages = new Map(
    parts.flatMap((part) => part.packages).map((one) => [one.id, library(one)]),
  );
  for (const { id, needs } of parts.flatMap((part) => part.packages)) {
    for (const needed of needs) packages.get(id)?.dependencies.add(ref(packages, needed));
  }
  const programs = parts.map((part) => program(version, part, packages));
  const warifu = new Component(ComponentType.Application, "warifu", {
    ...{ bomRef: "warifu", version },
  });
  warifu.licenses.add(new LicenseExpression("Apache-2.0"));
  for (const { bomRef } of programs) warifu.dependencies.add(bomRef);
  const bom = new Models.Bom({
    metadata: new Models.Metadata({ component: warifu }),
    components: new Models.ComponentRepository([...programs, ...packages.values()]),
  });
  bom.metadata.properties.add(new Models.Property("cdx:reproducible", "true"));
  const factory = new Serialize.JSON.Normalize.Factory(Spec.Spec1dot6);
  const json = new Serialize.JsonSerializer(factory);
  return `${json.serialize(bom, { sortLists: true, space: 2 })}\n`;
}

/** @param {Package} one */
function library({ id, name, version, license, sha256, what }) {
  const component = new Component(ComponentType.Library, name, {
    ...{ bomRef: id, version, purl: id, description: what },
  });
  component.licenses.add(new LicenseExpression(license));
  if (sha256) component.hashes.set(HashAlgorithm["SHA-256"], sha256);
  return component;
}

/**
 * @param {string} version
 * @param {import("../bom.mjs").Part} part
 * @param {Map<string, Models.Component>} packages
 */
function program(version, { name, what, files, direct }, packages) {
  const component = new Component(ComponentType.Application, name, {
    ...{ bomRef: name, version, description: what },
  });
  component.licenses.add(new LicenseExpression("Apache-2.0"));
  for (const { name: file, sha256 } of files) {
    const made = new Component(ComponentType.File, file, { bomRef: file });
    made.hashes.set(HashAlgorithm["SHA-256"], sha256);
    component.components.add(made);
  }
  for (const needed of direct) component.dependencies.add(ref(packages, needed));
  return component;
}

/**
 * @param {Map<string, Models.Component>} packages
 * @param {string} id
 */
function ref(packages, id) {
  const found = packages.get(id);
  if (found === undefined) throw new Error(`${id} is needed and not there.`);
  return found.bomRef;
}
