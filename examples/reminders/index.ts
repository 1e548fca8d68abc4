// Cron triggers: `scheduled` is called by nano.yaml's triggers.crons. `nano ctl cron run reminders` calls it at once.

interface Controller {
  readonly cron: string;
  readonly scheduledTime: number;
}

/** Of this isolate: each worker has its own. */
const calls: string[] = [];

export default {
  scheduled(controller: Controller): void {
    const time = new Date(controller.scheduledTime).toISOString();
    calls.push(`${time} ${controller.cron}`);
    console.log("reminding everybody");
  },

  fetch(): Response {
    return new Response(calls.length === 0 ? "not yet\n" : `${calls.join("\n")}\n`);
  },
};
