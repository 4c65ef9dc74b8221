import { fileURLToPath } from 'node:url';

/** The repository's root, and in an image the folder that holds apps/, libs/ and schemas/. src/ and dist/ lie equally deep. */
export const home = fileURLToPath(new URL('../../../', import.meta.url));
