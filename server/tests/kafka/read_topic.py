"""Prints what is in a topic, one JSON object a line, and ends. A client that shares no code with ours.

    read_topic.py BROKER TOPIC [CA_FILE]
"""

import json
import sys

from kafka import KafkaConsumer, TopicPartition

broker, topic, *ca_file = sys.argv[1:]
tls = {"security_protocol": "SSL", "ssl_cafile": ca_file[0]} if ca_file else {}
consumer = KafkaConsumer(bootstrap_servers=broker, enable_auto_commit=False, **tls)
partitions = [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or [])]
if not partitions:
    sys.exit()
consumer.assign(partitions)
ends = consumer.end_offsets(partitions)
consumer.seek_to_beginning()


def is_left(partition):
    return consumer.position(partition) < ends[partition]


while any(is_left(partition) for partition in partitions):
    for records in consumer.poll(timeout_ms=1000).values():
        for record in records:
            seen = {
                "partition": record.partition,
                "offset": record.offset,
                "timestamp": record.timestamp,
                "key": record.key.decode(),
                "headers": {name: value.decode() for name, value in record.headers},
                "value": record.value.decode(),
            }
            print(json.dumps(seen))
