/** What is known of a shard on this device without opening it. */
export interface HeldShard {
  province: string;
  seq: number;
  /** Seconds since 1970. */
  iat: number;
  exp: number;
  size: number;
}
export interface ShardProgress {
  done: number;
  of: number;
}
