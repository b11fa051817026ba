/** `npm run build`: writes the bundles to dist/. */
import { writeBundles } from "./bundle.ts";

await writeBundles("dist");
