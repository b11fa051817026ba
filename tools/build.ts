/** `npm run build`: the bundles, into dist/. */
import { writeBundles } from "./bundle.ts";

await writeBundles("dist");
