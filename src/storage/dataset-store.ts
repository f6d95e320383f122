import type { Manifest } from './manifest.ts';

/** A dataset as it stands. */
export interface Current {
  /** Its files, by their paths in the dataset. */
  readonly files: readonly string[];
  readonly manifest: Manifest | undefined;
}

/** What the next version of a dataset is made on. Stores add what tells them that another load came first. */
export interface Ground {
  /** Undefined where there is no dataset. */
  readonly current: Current | undefined;
}

/** Where a load's files wait until they are a version, and nobody sees them. */
export interface Staging<G extends Ground> {
  /** A folder of this machine, to write files into. */
  readonly folder: string;
  /** Brings the files to where versions are. */
  send(files: readonly string[]): Promise<void>;
  /** Makes them, with the files of the ground that are kept, the dataset; false where another load has committed since. */
  commit(ground: G, kept: readonly string[], manifest: Manifest): Promise<boolean>;
  /** Removes what is no part of a version. */
  remove(): Promise<void>;
}

/** The seam of the stores: where the versions of one dataset are kept, and how one takes the place of another. */
export interface DatasetStore<G extends Ground = Ground> {
  /** What to call the dataset. */
  readonly name: string;
  /** Refuses a place where no dataset can be, and removes what loads that were killed left. */
  tidy(): Promise<void>;
  ground(): Promise<G>;
  stage(): Promise<Staging<G>>;
  /** Ends what a commit began, this process's or another's that was killed. */
  settle(): Promise<void>;
}
