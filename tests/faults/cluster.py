"""A Dask cluster of two worker processes; prints its address and the processes of scheduler and workers."""

import os
import threading

from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50) as cluster:
        pids = [each.pid for each in cluster.workers.values()]
        print(cluster.scheduler_address, os.getpid(), *pids, flush=True)
        threading.Event().wait()
