/** The work of the day, counted by the API: the home page and the navigation show the same figures. */
import type { Work } from "../../api_types";
import { useResource, type Resource } from "../../resource";

const MOVES_WORK = ["sales_order", "delivery", "stock", "connection"];

export function useWork(): Resource<Work> {
  return useResource<Work>("/api/reporting/work", MOVES_WORK);
}

/** The API counts as late what was to be shipped before today's date in UTC. */
export function yesterday(): string {
  return new Date(Date.now() - 86_400_000).toISOString().slice(0, 10);
}
