/** The executable's plain form: a script that is compiled at each start. */
import { start } from "./start.ts";

start();
