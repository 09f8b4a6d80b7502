/** Of the same name as a class in the file that imports it, which a bundler has to tell apart. */
export class NamedAlike {}
