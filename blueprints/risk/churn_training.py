"""Trains the churn model and, when it is good enough, puts it where churn.yaml looks for it.

Compiled by `kfp dsl compile --py churn_training.py --output churn-training.yaml`.
"""

from kfp import dsl, kubernetes

IMAGE = "quay.io/acme/churn-training:1.4.0"
STORE = {"AWS_ACCESS_KEY_ID": "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY": "AWS_SECRET_ACCESS_KEY"}


@dsl.container_component
def extract(table: str, months: int, customers: dsl.Output[dsl.Dataset]):
    args = ["--table", table, "--months", months, "--out", customers.path]
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-m", "churn.extract"], args=args)


@dsl.container_component
def fit(customers: dsl.Input[dsl.Dataset], depth: int, model: dsl.Output[dsl.Model]):
    args = ["--data", customers.path, "--depth", depth, "--out", model.path]
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-m", "churn.fit"], args=args)


@dsl.container_component
def evaluate(customers: dsl.Input[dsl.Dataset], model: dsl.Input[dsl.Model], auc: dsl.OutputPath(float)):
    args = ["--data", customers.path, "--model", model.path, "--auc", auc]
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-m", "churn.evaluate"], args=args)


@dsl.container_component
def upload(model: dsl.Input[dsl.Model], bucket: str, path: str):
    args = ["--model", model.path, "--to", f"s3://{bucket}/{path}"]
    return dsl.ContainerSpec(image=IMAGE, command=["python", "-m", "churn.upload"], args=args)


@dsl.pipeline(name="churn-training", description="Trains the churn model on the last months.")
def churn_training(table: str = "crm.customers", months: int = 12, depth: int = 6, least_auc: float = 0.8):
    data = extract(table=table, months=months)
    fitted = fit(customers=data.outputs["customers"], depth=depth).set_cpu_limit("2").set_memory_limit("4Gi")
    scored = evaluate(customers=data.outputs["customers"], model=fitted.outputs["model"])
    with dsl.If(scored.outputs["auc"] > least_auc):
        put = upload(model=fitted.outputs["model"], bucket="acme-models", path="churn/stable/").set_caching_options(False)
        kubernetes.use_secret_as_env(put, secret_name="model-store", secret_key_to_env=STORE)
