SELECT json_object('data', json_object('procedures', json_object(
    'nodes', json_group_array({card}),
    'pageInfo', json_object(
        'hasNextPage', json(iif(EXISTS (SELECT 1 FROM procedure LIMIT 1 OFFSET :procedures), 'true', 'false')),
        'endCursor', cursor_of_procedure(max(p.name), p.id)
    )
)))
FROM (SELECT id, slug, name, category, summary FROM procedure ORDER BY name, id LIMIT :procedures) AS p
