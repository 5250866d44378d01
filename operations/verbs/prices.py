"""The verb `prices`."""

from pathlib import Path
from typing import Annotated

import typer

from operations.options import AsJson, Env, Files, Selected, select


def run(
    env: Env = None,
    files: Files = None,
    selected: Selected = None,
    region: Annotated[
        list[str] | None,
        typer.Option("--region", help="Regions. Default: the regions of the environments."),
    ] = None,
    offer: Annotated[
        list[Path] | None,
        typer.Option("--offer", metavar="FILE", help="Read downloaded offer files (index.json)."),
    ] = None,
    api: Annotated[
        bool, typer.Option("--api", help="Read the Pricing API, with credentials.")
    ] = False,
    as_json: AsJson = False,
) -> int:
    """Renew the prices of the fork, `custom/prices.csv`, from AWS's public price list.

    Reads the offer files, which need no credentials, for the regions of the environments. `--api`
    reads the Pricing API (`pricing:GetProducts`), which also has NAT gateways. Rows with a source
    of your own stay. `cost` and the cap of `budget` use the file.

    Examples: `sagemaker-platform prices dev`, `sagemaker-platform prices --region eu-west-1 --api`,
    `sagemaker-platform prices --region us-east-1 --offer index.json`
    """
    import datetime
    from collections.abc import Iterable

    from operations.errors import OperationError
    from operations.output import print_error, print_json
    from operations.prices.offer import Product, prices_of, products_of_file
    from operations.prices.source import products_by_api, products_by_file
    from operations.prices.table import renew
    from sagemaker_platform.catalog import PriceFileError
    from stacks.fields import close_to
    from stacks.prices import OWN_PRICES
    from stacks.sagemaker_api import regions

    if offer and api:
        raise OperationError("--offer and --api exclude each other. Fix: remove one of them")
    for name in region or ():
        if name not in regions():
            hint = close_to(name, regions()) or "; must be a region that has SageMaker"
            raise OperationError(f"--region: got {name!r}{hint}")
    environments = [] if region else select(env, files, selected).load(locked=False)
    wanted = list(dict.fromkeys(region or [one.region for one in environments]))
    products: Iterable[Product]
    if offer:
        products = (product for file in offer for product in products_of_file(file))
    elif api:
        import boto3

        products = products_by_api(wanted, boto3.client("pricing", region_name="us-east-1"))
    else:
        products = products_by_file(wanted)
    found, several = prices_of(products, wanted)
    if not found:
        raise OperationError(
            f"The price list has no price of the catalog in {', '.join(wanted)}. Fix: pass "
            "the offer file of that region"
        )
    try:
        renewal = renew(OWN_PRICES, found)
    except PriceFileError as error:
        raise OperationError(str(error)) from None
    for one in several:
        print_error(f"Warning: the price list has several prices of {one}. It stays as it is.")
    oldest = min(price.as_of for price in found)
    if oldest < str(datetime.datetime.now(tz=datetime.UTC).date() - datetime.timedelta(days=365)):
        print_error(f"Warning: the price list is of {oldest}, which is more than a year ago.")
    if as_json:
        print_json(
            {
                "file": str(OWN_PRICES),
                "added": len(renewal.added),
                "changed": [
                    {"price": str(new.key), "region": new.region, "from": old.usd, "to": new.usd}
                    for old, new in renewal.changed
                ],
                "same": renewal.same,
                "kept": len(renewal.kept),
            }
        )
        return 0
    print(
        f"{OWN_PRICES}: {len(renewal.added)} added, {len(renewal.changed)} changed, "
        f"{renewal.same} the same, {len(renewal.kept)} of yours kept"
    )
    for old, new in renewal.changed:
        print(f"  {new.key}, {new.region}: {old.usd:g} ({old.as_of}) to {new.usd:g} ({new.as_of})")
    return 0
