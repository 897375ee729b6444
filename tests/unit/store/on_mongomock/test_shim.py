import mongomock
import pytest
from pymongo import ReplaceOne, UpdateOne

from tests.unit.store.on_mongomock.shim import bulk_updates


@pytest.fixture
def collection():
    return mongomock.MongoClient().test.things


@pytest.mark.parametrize("operation", [UpdateOne({"_id": 1}, {"$set": {"a": 1}}), ReplaceOne({"_id": 1}, {"a": 1})])
def test_the_shim_is_still_needed(collection, operation):
    with pytest.raises(TypeError, match="sort"):
        collection.bulk_write([operation])


def test_bulk_updates_count_as_they_do_on_a_server(collection):
    collection.insert_many([{"_id": 1}, {"_id": 2}])
    with bulk_updates():
        answer = collection.bulk_write([UpdateOne({"_id": n}, {"$set": {"a": 1}}) for n in (1, 2, 3)], ordered=False)
    assert (answer.matched_count, answer.modified_count) == (2, 2)


def test_a_real_sort_is_refused_rather_than_dropped(collection):
    with bulk_updates(), pytest.raises(NotImplementedError):
        collection.bulk_write([UpdateOne({}, {"$set": {"a": 1}}, sort={"a": 1})])
