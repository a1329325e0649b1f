import type { Fetcher } from "@graphiql/toolkit";
import { type DocumentNode, Kind, parse } from "graphql";

/**
 * GraphiQL learns what a new text says only a moment after it stands in the editor: whoever runs it
 * at once would ask for the operation of the text before, and follow a subscription as a query. So
 * name and document are read from the text that is sent.
 */
export function named(fetcher: Fetcher): Fetcher {
  return (params, options) => {
    const documentAST = read(params.query);
    // What cannot be read is the gateway's to refuse.
    if (documentAST === null) return fetcher(params, options);
    const operationName = nameIn(documentAST, params.operationName ?? undefined);
    return fetcher({ ...params, operationName }, { ...options, documentAST });
  };
}

function read(text: string): DocumentNode | null {
  try {
    return parse(text);
  } catch {
    return null;
  }
}

/** The wanted name where the document has it, else that of its only operation. */
function nameIn(document: DocumentNode, wanted: string | undefined): string | undefined {
  const names = document.definitions
    .filter((one) => one.kind === Kind.OPERATION_DEFINITION)
    .map((one) => one.name?.value);
  if (names.includes(wanted)) return wanted;
  return names.length === 1 ? names[0] : undefined;
}
