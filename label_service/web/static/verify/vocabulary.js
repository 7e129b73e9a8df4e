/** Names the signed credentials share. Mirrors label/vocabulary.py. */
import { RULES } from "./document.js";

export const VC_TYP = "vc+jwt";
export const VC_CTY = "vc";
export const VC_CONTEXT = "https://www.w3.org/ns/credentials/v2";
export const UNTP_CONTEXT = "https://vocabulary.uncefact.org/untp/0.7.0/context/";
export const CONTEXT_PATH = "/contexts/v1.jsonld";
export const DEMO_WORDS = "DEMO, not a certificate";

RULES._without_default_port = (origin) => !/^http:.*:80$|^https:.*:443$/.test(origin);

/** Give the name of a credential; one of the demo says so first. */
export function titled(text, isDemo) {
  return isDemo ? `${DEMO_WORDS}: ${text}` : text;
}
