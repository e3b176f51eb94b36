// Code of files in documents. A document names the file in a comment before a fence, and has all of it
// in the fence:
//
//   <!-- include: examples/snippets/shop.py -->
//   ```python
//   …
//   ```

const including = /^<!-- include: (\S+) -->\n(```\w+)\n[^]*?^```$/gm;

/**
 * A document with its included code as the files have it now.
 * @param {string} document
 * @param {(file: string) => string} read a file, relative to the root
 */
export const withIncludes = (document, read) =>
  document.replace(including, (_, file, fence) => {
    const code = read(file).trimEnd();
    if (/^```/m.test(code)) throw new Error(`${file} would end the fence`);
    return `<!-- include: ${file} -->\n${fence}\n${code}\n\`\`\``;
  });

/** The files that a document includes. @param {string} document */
export const included = (document) => [...document.matchAll(including)].map(([, file]) => file);
